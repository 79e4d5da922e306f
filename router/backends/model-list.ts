/** Reads a provider's model list, in its order: OpenAI's form, a bare list, and what OpenRouter, vLLM, Groq, Together and llama.cpp add to it. What does not look like a model is left out. */

export interface ListedModel {
  readonly id: string
  /** Tokens; null = not told. */
  readonly context: number | null
  /** US dollars for a million tokens; null = not told. */
  readonly price: { readonly input: number; readonly output: number } | null
  /** What it says of its size, as `8.0B` or as a name with a size in it; null = nothing. */
  readonly size: string | null
}

const MODELS_LIMIT = 5_000

/** Null where the text is no list of models. */
export function readModelList(text: string): readonly ListedModel[] | null {
  const value = parsed(text)
  const rows = Array.isArray(value) ? value : (listOf(value, 'data') ?? listOf(value, 'models'))
  if (rows === null) return null
  const models = new Map<string, ListedModel>()
  for (const row of rows.slice(0, MODELS_LIMIT)) {
    const model = isRecord(row) ? modelOf(row) : null
    if (model) models.set(model.id, model)
  }
  return [...models.values()]
}

type Row = Readonly<Record<string, unknown>>

function modelOf(row: Row): ListedModel | null {
  const id = row['id'] ?? row['name']
  if (typeof id !== 'string' || id === '' || id.length > 256 || /[\p{Cc}\u2028\u2029]/u.test(id)) return null
  return { id, context: contextOf(row), price: priceOf(row['pricing']), size: sizeOfRow(row) }
}

function contextOf(row: Row): number | null {
  const meta = isRecord(row['meta']) ? row['meta']['n_ctx_train'] : undefined
  const told = [row['context_length'], row['max_model_len'], row['context_window'], row['max_context_length'], meta]
  return told.find((value): value is number => typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 1e9) ?? null
}

/** llama.cpp tells the number of weights, Ollama `parameter_size`, vLLM the model behind the name it serves. */
function sizeOfRow(row: Row): string | null {
  const weights = isRecord(row['meta']) ? row['meta']['n_params'] : undefined
  if (typeof weights === 'number' && weights > 0) return `${(weights / 1e9).toFixed(2)}B`
  const told = isRecord(row['details']) ? row['details']['parameter_size'] : undefined
  if (typeof told === 'string') return told.slice(0, 32)
  return typeof row['root'] === 'string' ? row['root'].slice(0, 256) : null
}

/** OpenRouter: dollars for one token, as text (−1 = it depends). Together: dollars for a million, as numbers. */
function priceOf(pricing: unknown): ListedModel['price'] {
  if (!isRecord(pricing)) return null
  const perToken = [pricing['prompt'], pricing['completion']].map(Number)
  if (typeof pricing['prompt'] === 'string') return priceFrom(perToken[0], perToken[1], 1_000_000)
  return priceFrom(pricing['input'], pricing['output'], 1)
}

function priceFrom(input: unknown, output: unknown, factor: number): ListedModel['price'] {
  const isPrice = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value * factor <= 1e6
  if (!isPrice(input) || !isPrice(output)) return null
  const rounded = (value: number) => Math.round(value * factor * 1e6) / 1e6
  return { input: rounded(input), output: rounded(output) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isRecord = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value)
const listOf = (value: unknown, name: string): readonly unknown[] | null => {
  const list = isRecord(value) ? value[name] : undefined
  return Array.isArray(list) ? list : null
}
