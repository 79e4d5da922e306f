/** Reads the head of a GGUF file, which may be hostile: every count and length is checked before it is believed, and nothing is allocated by its word. */
import { type FileHandle, open } from 'node:fs/promises'
import { tensorTypes } from './gguf-tables.ts'

/** A kept metadata value: scalars, strings of the wanted keys (others are empty), short arrays of numbers. */
export type GgufValue = number | boolean | string | readonly number[]

export interface GgufArray {
  readonly length: number
  readonly holdsStrings: boolean
}

export interface GgufTensorPlace {
  readonly name: string
  readonly dimensions: readonly number[]
  readonly weights: number
  readonly bytes: number
  /** From the start of the data section. */
  readonly offset: number
}

export interface GgufHead {
  readonly sizeBytes: number
  readonly values: ReadonlyMap<string, GgufValue>
  readonly arrays: ReadonlyMap<string, GgufArray>
  readonly tensors: readonly GgufTensorPlace[]
}

/** What is wrong with the file, in words that complete "FILE cannot be used: …". */
export class GgufFault extends Error {}

const MIB = 1024 * 1024
const limits = {
  headBytes: 64 * MIB,
  stringBytes: 16 * MIB,
  keptStringBytes: MIB,
  keyBytes: 65_535,
  /** GGML_MAX_NAME is 64 with the closing zero. */
  tensorNameBytes: 63,
  arrayItems: 4 * MIB,
  keptArrayItems: 1024,
  keys: 10_000,
  tensors: 100_000,
  weightsPerTensor: 2 ** 40,
  alignment: MIB,
} as const

/** Strings are skipped, not read, unless their key is one of these. */
const keptStrings = new Set([
  'general.architecture',
  'general.name',
  'general.type',
  'general.license',
  'tokenizer.ggml.model',
  'tokenizer.chat_template',
])

/** Reads and checks metadata and tensor table. Throws GgufFault; a file-system error passes through. */
export async function readGgufHead(file: string): Promise<GgufHead> {
  const handle = await open(file, 'r')
  try {
    const info = await handle.stat()
    if (!info.isFile()) throw new GgufFault('it is not a file')
    const cursor = new Cursor(handle, info.size)
    const { tensorCount, keyCount } = await readStart(cursor)
    const { values, arrays } = await readMetadata(cursor, keyCount)
    const tensors = await readTensors(cursor, tensorCount)
    checkPlaces(tensors, cursor.position, info.size, alignmentOf(values))
    return { sizeBytes: info.size, values, arrays, tensors }
  } finally {
    await handle.close()
  }
}

async function readStart(cursor: Cursor): Promise<{ tensorCount: number; keyCount: number }> {
  if (cursor.size < 4) throw new GgufFault('it is shorter than a GGUF header')
  await cursor.need(4, 'magic')
  if (cursor.ascii(4) !== 'GGUF') throw new GgufFault('it does not start with GGUF')
  await cursor.need(20, 'header')
  const version = cursor.u32()
  if (version !== 0 && version % 65_536 === 0) throw new GgufFault('it is a big-endian GGUF file')
  if (version < 2 || version > 3) throw new GgufFault(`it has GGUF version ${version}; versions 2 and 3 can be read`)
  const tensorCount = cursor.count('number of tensors')
  const keyCount = cursor.count('number of keys')
  if (tensorCount > limits.tensors) throw new GgufFault(`it claims ${tensorCount} tensors; at most ${limits.tensors} are accepted`)
  if (keyCount > limits.keys) throw new GgufFault(`it claims ${keyCount} keys; at most ${limits.keys} are accepted`)
  return { tensorCount, keyCount }
}

async function readMetadata(cursor: Cursor, keyCount: number): Promise<Pick<GgufHead, 'values' | 'arrays'>> {
  const values = new Map<string, GgufValue>()
  const arrays = new Map<string, GgufArray>()
  const seen = new Set<string>()
  for (let index = 0; index < keyCount; index++) {
    const key = await cursor.string(limits.keyBytes, `key ${index + 1}`)
    if (key === '') throw new GgufFault(`key ${index + 1} is empty`)
    if (/\p{Cc}/u.test(key)) throw new GgufFault(`key ${index + 1} holds control characters`)
    if (seen.has(key)) throw new GgufFault(`key ${shown(key)} appears twice`)
    seen.add(key)
    await cursor.need(4, `type of ${shown(key)}`)
    const type = cursor.u32()
    if (type === ARRAY) await readArray(cursor, key, values, arrays)
    else if (type === STRING) {
      if (keptStrings.has(key)) values.set(key, await cursor.string(limits.keptStringBytes, shown(key)))
      else {
        await cursor.skipString(shown(key))
        values.set(key, '')
      }
    } else {
      await cursor.need(scalarBytes(type, key), shown(key))
      values.set(key, cursor.scalar(type, key))
    }
  }
  return { values, arrays }
}

async function readArray(cursor: Cursor, key: string, values: Map<string, GgufValue>, arrays: Map<string, GgufArray>): Promise<void> {
  await cursor.need(12, shown(key))
  const type = cursor.u32()
  const length = cursor.count(`length of ${shown(key)}`)
  if (type === ARRAY) throw new GgufFault(`${shown(key)} is an array of arrays`)
  if (length > limits.arrayItems) throw new GgufFault(`${shown(key)} claims ${length} items; at most ${limits.arrayItems} are accepted`)
  const itemBytes = type === STRING ? 8 : scalarBytes(type, key)
  if (length * itemBytes > cursor.left) throw new GgufFault(`${shown(key)} is longer than the file`)
  arrays.set(key, { length, holdsStrings: type === STRING })
  if (type === STRING) await readStrings(cursor, key, length)
  else if (length <= limits.keptArrayItems) {
    await cursor.need(length * itemBytes, shown(key))
    values.set(
      key,
      Array.from({ length }, () => Number(cursor.scalar(type, key))),
    )
  } else cursor.skip(length * itemBytes, shown(key))
}

/** Passes over strings. Tokens must differ as C strings: llama.cpp ends the process where two are equal. */
async function readStrings(cursor: Cursor, key: string, length: number): Promise<void> {
  const seen = key === 'tokenizer.ggml.tokens' ? new Set<string>() : null
  for (let item = 0; item < length; item++) {
    const what = shown(key)
    const bytes = cursor.stringInWindow(limits.stringBytes, what) ?? (await cursor.stringBytes(limits.stringBytes, what))
    if (!seen || bytes.length === 0) continue
    const token = bytes.toString('latin1').split('\0', 1)[0]!
    if (seen.has(token)) throw new GgufFault(`token ${item} of its vocabulary, ${shown(token)}, appears twice`)
    seen.add(token)
  }
}

async function readTensors(cursor: Cursor, tensorCount: number): Promise<readonly GgufTensorPlace[]> {
  const tensors: GgufTensorPlace[] = []
  const names = new Set<string>()
  for (let index = 0; index < tensorCount; index++) {
    const name = await cursor.string(limits.tensorNameBytes, `name of tensor ${index + 1}`)
    if (name === '') throw new GgufFault(`tensor ${index + 1} has no name`)
    if (names.has(name)) throw new GgufFault(`tensor ${shown(name)} appears twice`)
    names.add(name)
    tensors.push(await readTensor(cursor, name))
  }
  return tensors
}

async function readTensor(cursor: Cursor, name: string): Promise<GgufTensorPlace> {
  await cursor.need(4, shown(name))
  const rank = cursor.u32()
  if (rank < 1 || rank > 4) throw new GgufFault(`tensor ${shown(name)} has ${rank} dimensions; 1 to 4 are possible`)
  await cursor.need(rank * 8 + 12, shown(name))
  const dimensions = Array.from({ length: rank }, () => cursor.count(`dimension of ${shown(name)}`))
  const weights = dimensions.reduce((product, dimension) => product * dimension, 1)
  if (weights < 1) throw new GgufFault(`tensor ${shown(name)} has a dimension of 0`)
  if (weights >= limits.weightsPerTensor) throw new GgufFault(`tensor ${shown(name)} claims ${weights} weights`)
  const type = cursor.u32()
  const block = tensorTypes.get(type)
  if (!block) throw new GgufFault(`tensor ${shown(name)} has the unknown type ${type}`)
  const [blockWeights, blockBytes] = block
  if (dimensions[0]! % blockWeights !== 0) throw new GgufFault(`rows of tensor ${shown(name)} are not whole blocks of ${blockWeights} weights`)
  return { name, dimensions, weights, bytes: (weights / blockWeights) * blockBytes, offset: cursor.count(`offset of ${shown(name)}`) }
}

function alignmentOf(values: ReadonlyMap<string, GgufValue>): number {
  const alignment = values.get('general.alignment') ?? 32
  if (typeof alignment !== 'number' || !(alignment >= 1 && alignment <= limits.alignment) || !Number.isInteger(Math.log2(alignment)))
    throw new GgufFault(`its alignment ${String(alignment)} is not a power of two`)
  return alignment
}

/** Every tensor inside the file, aligned, and none on top of another. */
function checkPlaces(tensors: readonly GgufTensorPlace[], headEnd: number, fileSize: number, alignment: number): void {
  const start = Math.ceil(headEnd / alignment) * alignment
  let end = 0
  let before = ''
  for (const tensor of [...tensors].sort((a, b) => a.offset - b.offset)) {
    if (tensor.offset % alignment !== 0) throw new GgufFault(`tensor ${shown(tensor.name)} is not aligned to ${alignment} bytes`)
    if (start + tensor.offset + tensor.bytes > fileSize)
      throw new GgufFault(`tensor ${shown(tensor.name)} ends behind the end of the file: the file is cut short or damaged`)
    if (tensor.offset < end) throw new GgufFault(`tensor ${shown(tensor.name)} overlaps ${shown(before)}`)
    end = tensor.offset + tensor.bytes
    before = tensor.name
  }
}

const STRING = 8
const ARRAY = 9
const sizes: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 }

function scalarBytes(type: number, key: string): number {
  const size = sizes[type]
  if (size === undefined) throw new GgufFault(`${shown(key)} has the unknown type ${type}`)
  return size
}

/** A name from the file as it may stand in a message: short, without control characters. */
function shown(name: string): string {
  const clean = name.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')
  return clean.length > 60 ? `${clean.slice(0, 60)}…` : clean
}

/** A position in the head and a window of bytes around it. Reads and skips stay inside the file and inside the head's limit. */
class Cursor {
  readonly size: number
  readonly #handle: FileHandle
  #window: Buffer = Buffer.alloc(0)
  /** File position of the window's first byte. */
  #windowStart = 0
  #position = 0

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle
    this.size = size
  }

  get position(): number {
    return this.#position
  }

  get left(): number {
    return this.size - this.#position
  }

  /** Makes the next `length` bytes readable. */
  async need(length: number, what: string): Promise<void> {
    this.#allow(length, what)
    if (this.#has(length)) return
    const window = Buffer.alloc(Math.min(Math.max(length, MIB), this.left))
    let filled = 0
    while (filled < window.length) {
      const { bytesRead } = await this.#handle.read(window, filled, window.length - filled, this.#position + filled)
      if (bytesRead === 0) throw new GgufFault(`the file became shorter while it was read (at ${what})`)
      filled += bytesRead
    }
    this.#window = window
    this.#windowStart = this.#position
  }

  skip(length: number, what: string): void {
    this.#allow(length, what)
    this.#position += length
  }

  async skipString(what: string): Promise<void> {
    this.skip(await this.#stringLength(limits.stringBytes, what), what)
  }

  async string(maxBytes: number, what: string): Promise<string> {
    return (await this.stringBytes(maxBytes, what)).toString('utf8')
  }

  async stringBytes(maxBytes: number, what: string): Promise<Buffer> {
    const length = await this.#stringLength(maxBytes, what)
    await this.need(length, what)
    const at = this.#take(length)
    return this.#window.subarray(at, at + length)
  }

  /** The same at once, where the whole string is in the window; null otherwise. A vocabulary is 250 000 of them. */
  stringInWindow(maxBytes: number, what: string): Buffer | null {
    if (!this.#has(8)) return null
    this.#allow(8, what)
    const before = this.#position
    const length = this.count(`length of ${what}`)
    if (length <= maxBytes && this.#has(length)) {
      this.#allow(length, what)
      const at = this.#take(length)
      return this.#window.subarray(at, at + length)
    }
    this.#position = before
    return null
  }

  ascii(length: number): string {
    const at = this.#take(length)
    return this.#window.toString('latin1', at, at + length)
  }

  u32(): number {
    return this.#window.readUInt32LE(this.#take(4))
  }

  /** An unsigned 64-bit number that must be exact in a double. */
  count(what: string): number {
    const value = this.#window.readBigUInt64LE(this.#take(8))
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new GgufFault(`the ${what} is ${value}`)
    return Number(value)
  }

  scalar(type: number, key: string): number | boolean {
    const at = this.#take(scalarBytes(type, key))
    switch (type) {
      case 0:
        return this.#window.readUInt8(at)
      case 1:
        return this.#window.readInt8(at)
      case 2:
        return this.#window.readUInt16LE(at)
      case 3:
        return this.#window.readInt16LE(at)
      case 4:
        return this.#window.readUInt32LE(at)
      case 5:
        return this.#window.readInt32LE(at)
      case 6:
        return this.#window.readFloatLE(at)
      case 7:
        return this.#window.readUInt8(at) !== 0
      case 10:
        return Number(this.#window.readBigUInt64LE(at))
      case 11:
        return Number(this.#window.readBigInt64LE(at))
      default:
        return this.#window.readDoubleLE(at)
    }
  }

  async #stringLength(maxBytes: number, what: string): Promise<number> {
    if (this.#has(8)) this.#allow(8, what)
    else await this.need(8, what)
    const length = this.count(`length of ${what}`)
    if (length > maxBytes) throw new GgufFault(`${what} claims ${length} bytes; at most ${maxBytes} are accepted`)
    return length
  }

  #allow(length: number, what: string): void {
    if (length > this.left) throw new GgufFault(`the file ends inside ${what}: it is cut short or damaged`)
    if (this.#position + length > limits.headBytes) throw new GgufFault(`its head is larger than ${limits.headBytes / MIB} MiB`)
  }

  #has(length: number): boolean {
    return this.#position >= this.#windowStart && this.#position + length <= this.#windowStart + this.#window.length
  }

  #take(length: number): number {
    const at = this.#position - this.#windowStart
    this.#position += length
    return at
  }
}
