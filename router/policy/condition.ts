/** Conditions of rules: CEL, checked when it is loaded, and the seeds' spelling translated to it. Nothing a user writes runs as code, and no condition throws. */
import { Environment } from '@marcbachmann/cel-js'
import type { Condition, ConditionFacts } from '../core/rules.ts'
import { withNegations } from './negation.ts'

/** A condition that cannot be used: why, and where in the text. */
export class ConditionError extends Error {}

const MAX_LENGTH = 2_000

class Headers {
  readonly values: Readonly<Record<string, string>>
  constructor(values: Readonly<Record<string, string>>) {
    this.values = values
  }
}
class Providers {
  readonly isOne: (provider: string) => boolean
  constructor(isOne: (provider: string) => boolean) {
    this.isOne = isOne
  }
}

/** What a condition may ask about besides headers and providers, with its type. */
export const conditionVariables: readonly (readonly [name: string, type: 'string' | 'double' | 'bool' | 'int'])[] = [
  ['model', 'string'],
  ['model_size', 'double'],
  ['stream', 'bool'],
  ['prompt_tokens', 'int'],
  ['context_tokens', 'int'],
  ['batch_size', 'int'],
  ['has_tools', 'bool'],
  ['has_images', 'bool'],
  ['wants_json', 'bool'],
  ['is_code', 'bool'],
  ['is_math', 'bool'],
  ['hardness', 'double'],
  ['turns', 'int'],
  ['hour', 'int'],
  ['weekday', 'int'],
]

/** How people call what is no yes or no. */
const typeWords: Readonly<Record<string, string>> = { int: 'a number', double: 'a number', string: 'a text' }

const environment = new Environment({
  unlistedVariablesAreDyn: false,
  limits: { maxAstNodes: 500, maxDepth: 40, maxListElements: 100, maxMapEntries: 50, maxCallArguments: 16 },
})
  .registerType('Headers', { ctor: Headers, fields: {} })
  .registerType('Providers', { ctor: Providers, fields: {} })
  .registerFunction('Headers.get(string): string', (headers: Headers, name: string) => headers.values[name.toLowerCase()] ?? '')
  .registerFunction('Providers.has(string): bool', (providers: Providers, name: string) => providers.isOne(name))
  .registerVariable('header', 'Headers')
  .registerVariable('unavailable', 'Providers')
  .registerVariable('limited', 'Providers')
for (const [name, type] of conditionVariables) environment.registerVariable(name, type)

/** Compiles a condition. Throws a `ConditionError` that says what cannot be read; one that is no yes or no is refused too. */
export function compileCondition(text: string): Condition {
  if (text.length > MAX_LENGTH) throw new ConditionError(`A condition has at most ${MAX_LENGTH} characters.`)
  const translated = translate(text)
  let parsed: ReturnType<Environment['parse']>
  try {
    parsed = environment.parse(translated.cel)
  } catch (error) {
    throw new ConditionError(firstLine(error))
  }
  const checked = parsed.check()
  if (!checked.valid) throw new ConditionError(firstLine(checked.error))
  if (checked.type !== 'bool') throw new ConditionError(`This is ${typeWords[String(checked.type)] ?? `a ${String(checked.type)}`}, not a yes or no.`)
  const asksSize = /\bmodel_size\b/.test(translated.cel)
  return {
    text,
    ...translated,
    holds(facts) {
      if (asksSize && facts.modelSize === null) return false
      try {
        return parsed(situationOf(facts)) === true
      } catch {
        return false // a division by zero, an index out of its range: the rule does not match
      }
    },
  }
}

/** Does it hold whatever is asked: `always`, `true`, with or without brackets? */
export function isAlways({ cel }: Pick<Condition, 'cel'>): boolean {
  return /^[\s(]*true[\s)]*$/.test(cel)
}

function situationOf(facts: ConditionFacts): Record<string, unknown> {
  return {
    header: new Headers(facts.headers),
    unavailable: new Providers(facts.isUnavailable),
    limited: new Providers(facts.isLimited),
    model: facts.model,
    model_size: facts.modelSize ?? 0,
    stream: facts.stream,
    prompt_tokens: BigInt(facts.promptTokens),
    context_tokens: BigInt(facts.contextTokens),
    batch_size: BigInt(facts.batchSize),
    has_tools: facts.hasTools,
    has_images: facts.hasImages,
    wants_json: facts.wantsJson,
    is_code: facts.isCode,
    is_math: facts.isMath,
    hardness: facts.hardness,
    turns: BigInt(facts.turns),
    hour: BigInt(facts.hour),
    weekday: BigInt(facts.weekday),
  }
}

/** Strings as they stand, words with dots and hyphens, operators, anything else by the character. */
const token =
  /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[A-Za-z_][\w]*(?:\.[A-Za-z_][\w]*(?:-\w+)*)?(?:-[A-Za-z_]\w*)*|\d+(?:\.\d+)?|\s+|[<>=!]=|&&|\|\||./gs

/**
 * The seeds' spelling as CEL: `header.x-priority`, `model_size >= "13B"`, `ollama_unavailable`, `ollama_limited`, `always`, `and`, `or`, `not`.
 * `not` binds looser than a comparison and tighter than `and`. CEL stays what it is; `header["x-priority"]` is understood too.
 */
function translate(text: string): Pick<Condition, 'cel' | 'providers' | 'headers'> {
  const providers = new Set<string>()
  const headers = new Set<string>()
  const tokens = withNegations(text.match(token) ?? [])
  const words: Readonly<Record<string, string>> = { always: 'true', and: '&&', or: '||' }
  let cel = ''
  for (const [index, part] of tokens.entries()) {
    const header = /^header\.([\w-]+)$/.exec(part)?.[1] ?? (part === 'header' ? indexed(tokens, index) : null)
    const ofProvider = /^(.+)_(unavailable|limited)$/.exec(part)
    const size = /^["'](\d[\d.]*\s*[bBmM]?)["']$/.exec(part)?.[1]
    if (header !== null && part !== 'header') {
      headers.add(permitted(header))
      cel += `header.get(${JSON.stringify(header)})`
    } else if (header !== null) {
      headers.add(permitted(header))
      cel += 'header'
    } else if (ofProvider && !/^["']/.test(part)) {
      const [, name = '', kind = ''] = ofProvider
      providers.add(name)
      cel += `${kind}.has(${JSON.stringify(name)})`
    } else if (size !== undefined && comparesSize(tokens, index)) cel += billions(size)
    else if (/^\d+$/.test(part) && comparesSize(tokens, index)) cel += `${part}.0`
    else cel += words[part.toLowerCase()] ?? part
  }
  return { cel: cel.replaceAll(/header\s*\[\s*("[^"]*"|'[^']*')\s*\]/g, 'header.get($1)'), providers: [...providers], headers: [...headers] }
}

/** Headers that carry credentials: no rule reads them, because what rules read is kept with the request. */
const secretHeaders: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'cookie', 'x-api-key', 'api-key', 'x-goog-api-key'])

function permitted(header: string): string {
  const name = header.toLowerCase()
  if (secretHeaders.has(name)) throw new ConditionError(`The header ${name} carries a credential; no rule may read it.`)
  return name
}

/** `header["x-priority"]`: the name. */
function indexed(tokens: readonly string[], index: number): string | null {
  const rest = tokens.slice(index + 1, index + 6).filter((part) => part.trim() !== '')
  return rest[0] === '[' && rest[1] !== undefined && /^["']/.test(rest[1]) ? rest[1].slice(1, -1) : null
}

/** Does this value stand beside a comparison with `model_size`? */
function comparesSize(tokens: readonly string[], index: number): boolean {
  const near = (step: 1 | -1) => {
    const seen: string[] = []
    for (let at = index + step; seen.length < 2 && at >= 0 && at < tokens.length; at += step) if (tokens[at]?.trim()) seen.push(tokens[at] as string)
    return seen
  }
  const isComparison = (part: string | undefined) => part !== undefined && /^([<>]=?|[=!]=)$/.test(part)
  return [near(-1), near(1)].some(([operator, operand]) => isComparison(operator) && operand === 'model_size')
}

function billions(text: string): string {
  const figure = Number.parseFloat(text) / (/m\s*$/i.test(text) ? 1000 : 1)
  return Number.isInteger(figure) ? `${figure}.0` : String(figure)
}

function firstLine(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
  return line.slice(0, 300)
}
