/**
 * The gate before llama.cpp's own loader: facts of a GGUF file, or one clear error. Invariant: no file, however broken, hangs or ends the
 * process here, and what passes has no head that is known to crash the native loader.
 */
import { stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { HeadgateError } from '../core/errors.ts'
import { GgufFault, type GgufHead, readGgufHead } from './gguf-reader.ts'
import { fileTypeNames, knownArchitectures } from './gguf-tables.ts'

export interface GgufFacts {
  readonly architecture: string
  readonly name: string | null
  /** As the file names it (`apache-2.0`); null = it does not. */
  readonly license: string | null
  /** Of all parts together. */
  readonly sizeBytes: number
  /** Name of the file type, e.g. `Q4_K_M`; null where the file does not say. */
  readonly quantization: string | null
  /** Number of weights. */
  readonly parameters: number
  /** Tokens that the model was trained with. */
  readonly contextLength: number
  readonly layers: number
  /** Attention heads of the largest layer; 0 where the model has no attention. */
  readonly heads: number
  readonly kvHeads: number
  /** Width of an embedding. */
  readonly embedding: number
  /** Jinja source; null = the file has none. */
  readonly chatTemplate: string | null
  /** Number of files that the model is spread over. */
  readonly splitCount: number
}

export { knownArchitectures } from './gguf-tables.ts'

/** Checks a model file (for a split model: its first part, with the others beside it). Throws `invalid-request` with code `invalid_model_file`. */
export async function checkGguf(file: string): Promise<GgufFacts> {
  try {
    const head = await readGgufHead(file)
    const others = await readOtherParts(file, head)
    return { ...factsOf(head), ...totals([head, ...others]), splitCount: 1 + others.length }
  } catch (error) {
    throw invalidFile(file, error)
  }
}

function invalidFile(file: string, error: unknown): HeadgateError {
  const name = basename(file)
  const details = { code: 'invalid_model_file', cause: error }
  if (error instanceof GgufFault) return new HeadgateError('invalid-request', `${name} cannot be used: ${error.message}.`, details)
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'ENOENT') return new HeadgateError('invalid-request', `There is no model file ${file}.`, details)
  return new HeadgateError('invalid-request', `${name} cannot be read: ${code ?? String(error)}.`, details)
}

function factsOf(head: GgufHead): Omit<GgufFacts, 'sizeBytes' | 'parameters' | 'splitCount'> {
  const architecture = head.values.get('general.architecture')
  if (architecture === undefined) throw new GgufFault('it does not name an architecture')
  if (architecture === 'clip') throw new GgufFault('it is an image projector that belongs to a model, not a model')
  if (typeof architecture !== 'string' || !knownArchitectures.has(architecture))
    throw new GgufFault(`its architecture ${JSON.stringify(architecture).slice(0, 60)} is not known to this release`)

  const layers = integer(head, `${architecture}.block_count`, 1, MOST_LAYERS)
  const contextLength = integer(head, `${architecture}.context_length`, 1, 2 ** 31 - 1)
  const embedding = integer(head, `${architecture}.embedding_length`, 1, 2 ** 20)
  const { heads, kvHeads } = checkHeads(head, architecture, embedding)
  checkExperts(head, architecture)
  checkFeedForward(head, architecture)
  checkEpsilon(head, architecture)
  checkVocabulary(head)
  const fileType = head.values.get('general.file_type')
  const name = head.values.get('general.name')
  const license = head.values.get('general.license')
  const chatTemplate = head.values.get('tokenizer.chat_template')
  if (chatTemplate !== undefined && typeof chatTemplate !== 'string') throw new GgufFault('its chat template is not text')
  return {
    architecture,
    name: typeof name === 'string' && name !== '' ? name : null,
    license: typeof license === 'string' && license !== '' ? license.slice(0, 200) : null,
    quantization: typeof fileType === 'number' && Object.hasOwn(fileTypeNames, fileType) ? fileTypeNames[fileType]! : null,
    contextLength,
    layers,
    heads,
    kvHeads,
    embedding,
    chatTemplate: chatTemplate ?? null,
  }
}

function totals(parts: readonly GgufHead[]): Pick<GgufFacts, 'sizeBytes' | 'parameters'> {
  const names = new Set<string>()
  let sizeBytes = 0
  let parameters = 0
  for (const part of parts) {
    sizeBytes += part.sizeBytes
    for (const tensor of part.tensors) {
      if (names.has(tensor.name)) throw new GgufFault(`tensor ${tensor.name} is in two of its parts`)
      names.add(tensor.name)
      parameters += tensor.weights
    }
  }
  if (!names.has('token_embd.weight')) throw new GgufFault('it has no token embeddings, so it is not a language model')
  return { sizeBytes, parameters }
}

function integer(head: GgufHead, key: string, least: number, most: number): number {
  const value = head.values.get(key)
  if (value === undefined) throw new GgufFault(`${key} is missing`)
  return inRange(value, key, least, most)
}

function inRange(value: unknown, key: string, least: number, most: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new GgufFault(`${key} is not a whole number`)
  if (value < least || value > most) throw new GgufFault(`${key} is ${value}; ${least} to ${most} is possible`)
  return value
}

/** One number, or one per layer. Absent = `whenAbsent`. */
function perLayer(head: GgufHead, key: string, { whenAbsent, most }: { whenAbsent: readonly number[]; most: number }): readonly number[] {
  const value = head.values.get(key)
  if (value === undefined) {
    if (head.arrays.has(key)) throw new GgufFault(`${key} is an array of the wrong kind or length`)
    return whenAbsent
  }
  return (Array.isArray(value) ? value : [value]).map((item) => inRange(item, key, 0, most))
}

/** LLAMA_MAX_LAYERS: llama.cpp ends the process above it. */
const MOST_LAYERS = 512
const MOST_HEADS = 65_536

/** llama.cpp divides by these numbers. */
function checkHeads(head: GgufHead, architecture: string, embedding: number): Pick<GgufFacts, 'heads' | 'kvHeads'> {
  const heads = perLayer(head, `${architecture}.attention.head_count`, { whenAbsent: [0], most: MOST_HEADS })
  const kvHeads = perLayer(head, `${architecture}.attention.head_count_kv`, { whenAbsent: heads, most: MOST_HEADS })
  if (heads.length > 1 && kvHeads.length > 1 && heads.length !== kvHeads.length)
    throw new GgufFault('its head counts are for different numbers of layers')
  for (let layer = 0; layer < Math.max(heads.length, kvHeads.length); layer++) {
    const count = heads[heads.length > 1 ? layer : 0]!
    const kvCount = kvHeads[kvHeads.length > 1 ? layer : 0]!
    if (count > 0 && kvCount > 0 && count % kvCount !== 0) throw new GgufFault(`its ${count} heads cannot share ${kvCount} KV heads`)
  }
  const most = Math.max(...heads)
  const attends = head.tensors.some(({ name }) => /^blk\.\d+\.attn_(q|qkv)\.weight$/.test(name))
  if (most === 0 && (attends || Math.max(...kvHeads) > 0)) throw new GgufFault(`${architecture}.attention.head_count is missing`)
  if (attends && Math.max(...kvHeads) === 0) throw new GgufFault('it has no KV heads')
  if (most > 0 && !head.values.has(`${architecture}.attention.key_length`) && embedding % most !== 0)
    throw new GgufFault(`its embedding of ${embedding} cannot be divided among ${most} heads`)
  return { heads: most, kvHeads: Math.max(...kvHeads) }
}

/** llama.cpp ends the process on these, it does not refuse. */
function checkExperts(head: GgufHead, architecture: string): void {
  const optional = (key: string) => (head.values.has(key) ? integer(head, key, 0, 512) : 0)
  const experts = optional(`${architecture}.expert_count`)
  const used = optional(`${architecture}.expert_used_count`)
  if (used > experts || (experts > 0 && used === 0)) throw new GgufFault(`it uses ${used} of ${experts} experts`)
}

/** Without it llama.cpp sizes the layers as 0 and ends the process; models without such layers need none. */
function checkFeedForward(head: GgufHead, architecture: string): void {
  if (!head.tensors.some(({ name }) => /^blk\.\d+\.ffn_(up|down)\.weight$/.test(name))) return
  const key = `${architecture}.feed_forward_length`
  const lengths = perLayer(head, key, { whenAbsent: [0], most: 2 ** 24 })
  if (Math.max(...lengths) === 0) throw new GgufFault(`${key} is missing`)
}

/** llama.cpp ends the process at a negative one. */
function checkEpsilon(head: GgufHead, architecture: string): void {
  for (const key of ['layer_norm_rms_epsilon', 'layer_norm_epsilon', 'group_norm_epsilon'].map((name) => `${architecture}.attention.${name}`)) {
    const epsilon = head.values.get(key) ?? 0
    if (typeof epsilon !== 'number' || !(epsilon >= 0 && epsilon <= 1)) throw new GgufFault(`${key} is ${String(epsilon)}; 0 to 1 is possible`)
  }
}

function checkVocabulary(head: GgufHead): void {
  const tokens = head.arrays.get('tokenizer.ggml.tokens')
  if (!tokens?.holdsStrings || tokens.length === 0) throw new GgufFault('it has no vocabulary')
  for (const key of ['tokenizer.ggml.scores', 'tokenizer.ggml.token_type']) {
    const length = head.arrays.get(key)?.length
    // The native loader reads as many as there are tokens, whatever the length says.
    if (length !== undefined && length !== tokens.length) throw new GgufFault(`${key} has ${length} items for ${tokens.length} tokens`)
    if (length === undefined && head.values.has(key)) throw new GgufFault(`${key} is not an array`)
  }
  for (const [key, value] of head.values) {
    if (!/^tokenizer\.ggml\.\w+_token_id$/.test(key)) continue
    const isNone = value === 0xffffffff || value === -1
    if (!isNone && !(typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < tokens.length))
      throw new GgufFault(`${key} is ${String(value).slice(0, 30)}; there are ${tokens.length} tokens`)
  }
}

const PART_NAME = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/

async function readOtherParts(file: string, first: GgufHead): Promise<readonly GgufHead[]> {
  if (!first.values.has('split.count')) return []
  const count = integer(first, 'split.count', 0, 1000)
  if (count <= 1) return []
  if (integer(first, 'split.no', 0, 1000) !== 0)
    throw new GgufFault(`it is part ${Number(first.values.get('split.no')) + 1} of ${count}: name part 1`)
  const match = PART_NAME.exec(basename(file))
  if (!match || Number(match[3]) !== count)
    throw new GgufFault(`it is one of ${count} parts, but its name does not end in -00001-of-${five(count)}.gguf`)
  const parts: GgufHead[] = []
  for (let part = 2; part <= count; part++) {
    const name = `${match[1]}-${five(part)}-of-${five(count)}.gguf`
    const path = join(dirname(file), name)
    if (!(await exists(path))) throw new GgufFault(`its part ${part} of ${count} (${name}) is missing`)
    const head = await readGgufHead(path)
    if (head.values.get('split.no') !== part - 1 || head.values.get('split.count') !== count)
      throw new GgufFault(`${name} is not part ${part} of ${count}`)
    parts.push(head)
  }
  return parts
}

function five(part: number): string {
  return String(part).padStart(5, '0')
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
