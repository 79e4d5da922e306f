/** No model file, however broken, hangs or ends the process: each is one clear error, and a sound file gives its facts. */
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { HeadgateError } from '../../../router/core/errors.ts'
import { checkGguf, knownArchitectures } from '../../../router/engine/gguf-check.ts'
import { encodeGguf, type GgufParts, type GgufTensor, type MetadataValue, tinyGgufParts } from '../../fixtures/tiny-gguf.ts'

const folder = mkdtempSync(join(tmpdir(), 'headgate-gguf-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const parts = tinyGgufParts()
const sound = encodeGguf(parts)
const headEnd = sound.length - parts.tensors.reduce((sum, tensor) => sum + Math.ceil(tensor.data.byteLength / 32) * 32, 0)
const HUGE = 2n ** 60n

/** The file with one metadata value replaced (undefined = removed). */
function withKey(key: string, value: MetadataValue | undefined): Buffer {
  const metadata = parts.metadata.filter(([name]) => name !== key)
  return encodeGguf({ ...parts, metadata: value === undefined ? metadata : [...metadata, [key, value]] })
}

function withTensor(index: number, change: Partial<GgufTensor>): Buffer {
  return encodeGguf({ ...parts, tensors: parts.tensors.map((tensor, at) => (at === index ? { ...tensor, ...change } : tensor)) })
}

function patched(change: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.from(sound)
  change(bytes)
  return bytes
}

const u32 = (value: number): MetadataValue => ({ type: 'u32', value })
const text = (value: string): MetadataValue => ({ type: 'string', value })
/** Where the value of a key begins: behind its name and type. */
const valueAt = (key: string) => sound.indexOf(key) + key.length + 4
const tensorAt = (name: string) => sound.indexOf(name) + name.length

/** Name → [file, words of the message]. */
const broken: Record<string, [file: Buffer, words: RegExp]> = {
  'an empty file': [Buffer.alloc(0), /shorter than a GGUF header/],
  'three bytes': [Buffer.from('GGU'), /shorter/],
  'the magic alone': [Buffer.from('GGUF'), /ends inside header/],
  'a text file': [Buffer.from('<!DOCTYPE html><html>sign in</html>'), /does not start with GGUF/],
  zeros: [Buffer.alloc(4096), /does not start with GGUF/],
  'the magic backwards': [patched((bytes) => bytes.write('FUGG')), /does not start with GGUF/],
  'version 0': [patched((bytes) => bytes.writeUInt32LE(0, 4)), /version 0/],
  'version 1': [patched((bytes) => bytes.writeUInt32LE(1, 4)), /version 1/],
  'version 4': [patched((bytes) => bytes.writeUInt32LE(4, 4)), /version 4/],
  'a big-endian file': [patched((bytes) => bytes.writeUInt32BE(3, 4)), /big-endian/],
  '2^60 tensors': [patched((bytes) => bytes.writeBigUInt64LE(HUGE, 8)), /number of tensors is/],
  '2^64 − 1 tensors': [patched((bytes) => bytes.writeBigUInt64LE(2n ** 64n - 1n, 8)), /number of tensors is/],
  'a million tensors': [patched((bytes) => bytes.writeBigUInt64LE(1_000_000n, 8)), /1000000 tensors/],
  'more tensors than there are': [patched((bytes) => bytes.writeBigUInt64LE(90_000n, 8)), /dimensions|no name|claims|ends inside|twice/],
  'no tensors': [encodeGguf({ ...parts, tensors: [] }), /no token embeddings/],
  '2^60 keys': [patched((bytes) => bytes.writeBigUInt64LE(HUGE, 16)), /number of keys is/],
  'a million keys': [patched((bytes) => bytes.writeBigUInt64LE(1_000_000n, 16)), /1000000 keys/],
  'no keys': [encodeGguf({ ...parts, metadata: [] }), /architecture/],
  'a key of 4 GB': [patched((bytes) => bytes.writeBigUInt64LE(4_000_000_000n, 24)), /key 1 claims 4000000000 bytes/],
  'a key of 2^60 bytes': [patched((bytes) => bytes.writeBigUInt64LE(HUGE, 24)), /length of key 1 is/],
  'a key longer than any': [patched((bytes) => bytes.writeBigUInt64LE(65_536n, 24)), /key 1 claims/],
  'an empty key': [encodeGguf({ ...parts, metadata: [['', u32(1)], ...parts.metadata] }), /key 1 is empty/],
  'a key twice': [encodeGguf({ ...parts, metadata: [...parts.metadata, ['general.name', text('b')]] }), /general\.name appears twice/],
  'an unknown value type': [patched((bytes) => bytes.writeUInt32LE(13, valueAt('general.name') - 4)), /unknown type 13/],
  'value type 2^32 − 1': [patched((bytes) => bytes.writeUInt32LE(0xffffffff, valueAt('general.name') - 4)), /unknown type 4294967295/],
  'a string of 4 GB': [patched((bytes) => bytes.writeBigUInt64LE(4_294_967_295n, valueAt('general.name'))), /general\.name claims 4294967295 bytes/],
  'a string of 2^60 bytes': [patched((bytes) => bytes.writeBigUInt64LE(HUGE, valueAt('general.name'))), /length of general\.name/],
  'a string longer than the file': [patched((bytes) => bytes.writeBigUInt64LE(900_000n, valueAt('general.name'))), /ends inside general\.name/],
  'a skipped string of 16 MB and more': [
    patched((bytes) => bytes.writeBigUInt64LE(17_000_000n, valueAt('tokenizer.ggml.tokens') + 12)),
    /claims 17000000 bytes/,
  ],
  'an array of 2^60': [patched((bytes) => bytes.writeBigUInt64LE(HUGE, valueAt('tokenizer.ggml.scores') + 4)), /length of tokenizer\.ggml\.scores/],
  'an array of 10^8': [patched((bytes) => bytes.writeBigUInt64LE(100_000_000n, valueAt('tokenizer.ggml.tokens') + 4)), /claims 100000000 items/],
  'an array longer than the file': [
    patched((bytes) => bytes.writeBigUInt64LE(4_000_000n, valueAt('tokenizer.ggml.scores') + 4)),
    /longer than the file/,
  ],
  'an array of arrays': [patched((bytes) => bytes.writeUInt32LE(9, valueAt('tokenizer.ggml.scores'))), /array of arrays/],
  'an array of an unknown type': [patched((bytes) => bytes.writeUInt32LE(77, valueAt('tokenizer.ggml.scores'))), /unknown type 77/],
  'no architecture': [withKey('general.architecture', undefined), /does not name an architecture/],
  'an unknown architecture': [withKey('general.architecture', text('skynet')), /"skynet" is not known/],
  'an architecture of a prototype': [withKey('general.architecture', text('constructor')), /not known/],
  'an architecture that is a number': [withKey('general.architecture', u32(7)), /not known/],
  'an image projector': [withKey('general.architecture', text('clip')), /image projector/],
  'no layers': [withKey('llama.block_count', u32(0)), /block_count is 0/],
  '513 layers': [withKey('llama.block_count', u32(513)), /block_count is 513/],
  '2^31 layers': [withKey('llama.block_count', u32(2 ** 31)), /block_count is 2147483648/],
  'layers missing': [withKey('llama.block_count', undefined), /block_count is missing/],
  'layers as text': [withKey('llama.block_count', text('2')), /not a whole number/],
  'layers as a fraction': [withKey('llama.block_count', { type: 'f32', value: 1.5 }), /not a whole number/],
  'layers that are not a number': [withKey('llama.block_count', { type: 'f32', value: Number.NaN }), /not a whole number/],
  'negative layers': [withKey('llama.block_count', { type: 'i32', value: -1 }), /block_count is -1/],
  'a context of 0': [withKey('llama.context_length', u32(0)), /context_length is 0/],
  'a context of 2^32 − 1': [withKey('llama.context_length', u32(0xffffffff)), /context_length is/],
  'an embedding of 0': [withKey('llama.embedding_length', u32(0)), /embedding_length is 0/],
  'an embedding of 2^40': [withKey('llama.embedding_length', { type: 'u64', value: 2n ** 40n }), /embedding_length is/],
  'heads that do not divide the embedding': [withKey('llama.attention.head_count', u32(6)), /cannot be divided among 6 heads/],
  'KV heads that do not divide the heads': [withKey('llama.attention.head_count_kv', u32(3)), /cannot share 3 KV heads/],
  'heads missing': [withKey('llama.attention.head_count', undefined), /head_count is missing/],
  'a negative epsilon': [withKey('llama.attention.layer_norm_rms_epsilon', { type: 'f32', value: -1 }), /epsilon is -1/],
  'no KV heads': [withKey('llama.attention.head_count_kv', u32(0)), /no KV heads/],
  'a key with a zero byte': [patched((bytes) => bytes.writeUInt8(0, bytes.indexOf('general.name'))), /control characters/],
  'a token twice': [patched((bytes) => bytes.write('<0x2E>', bytes.indexOf('<0x2A>'))), /appears twice/],
  'a token that is another one up to its zero byte': [patched((bytes) => bytes.writeUInt8(0, bytes.indexOf('<0x2A>') + 1)), /appears twice/],
  'a million heads': [withKey('llama.attention.head_count', u32(1_000_000)), /head_count is 1000000/],
  '513 experts': [withKey('llama.expert_count', u32(513)), /expert_count is 513/],
  'experts of which none is used': [withKey('llama.expert_count', u32(8)), /uses 0 of 8 experts/],
  'a feed-forward length missing': [withKey('llama.feed_forward_length', undefined), /feed_forward_length is missing/],
  'a feed-forward length of 2^31': [withKey('llama.feed_forward_length', u32(2 ** 31)), /feed_forward_length is 2147483648/],
  'an alignment of 0': [withKey('general.alignment', u32(0)), /alignment 0/],
  'an alignment of 48': [withKey('general.alignment', u32(48)), /alignment 48/],
  'an alignment as text': [withKey('general.alignment', text('32')), /alignment/],
  'an alignment of 2^31': [withKey('general.alignment', u32(2 ** 31)), /alignment/],
  'no vocabulary': [withKey('tokenizer.ggml.tokens', undefined), /no vocabulary/],
  'a vocabulary of numbers': [withKey('tokenizer.ggml.tokens', { type: 'array', of: 'u32', values: [1, 2] }), /no vocabulary/],
  'fewer scores than tokens': [withKey('tokenizer.ggml.scores', { type: 'array', of: 'f32', values: [1, 2] }), /2 items for/],
  'fewer token types than tokens': [withKey('tokenizer.ggml.token_type', { type: 'array', of: 'i32', values: [1] }), /1 items for/],
  'scores that are one number': [withKey('tokenizer.ggml.scores', { type: 'f32', value: 1 }), /not an array/],
  'an end token outside the vocabulary': [withKey('tokenizer.ggml.eos_token_id', u32(5000)), /eos_token_id is 5000/],
  'an end token that is text': [withKey('tokenizer.ggml.eot_token_id', { type: 'f32', value: 0.5 }), /eot_token_id is 0\.5/],
  'a chat template that is a number': [withKey('tokenizer.chat_template', u32(3)), /chat template is not text/],
  'a tensor without a name': [withTensor(1, { name: '' }), /has no name/],
  'a tensor name of 64 bytes': [withTensor(1, { name: 'x'.repeat(64) }), /claims 64 bytes/],
  'a tensor twice': [withTensor(1, { name: 'output.weight' }), /output\.weight appears twice/],
  'no dimensions': [withTensor(1, { dimensions: [] }), /0 dimensions/],
  'five dimensions': [withTensor(1, { dimensions: [64, 1, 1, 1, 1] }), /5 dimensions/],
  '2^32 − 1 dimensions': [patched((bytes) => bytes.writeUInt32LE(0xffffffff, tensorAt('output_norm.weight'))), /4294967295 dimensions/],
  'a dimension of 0': [withTensor(1, { dimensions: [64, 0] }), /dimension of 0/],
  'a dimension of 2^60': [withTensor(1, { dimensions: [HUGE] }), /dimension of output_norm/],
  'dimensions whose product overflows': [withTensor(1, { dimensions: [2 ** 32, 2 ** 32] }), /claims .* weights/],
  'a huge tensor': [withTensor(1, { dimensions: [2 ** 39] }), /ends behind the end of the file/],
  'an unknown tensor type': [withTensor(1, { type: 99 }), /unknown type 99/],
  'a removed tensor type': [withTensor(1, { type: 4 }), /unknown type 4/],
  'rows that are no whole blocks': [withTensor(1, { type: 12 }), /whole blocks of 256/],
  'an offset past the end': [withTensor(1, { offset: 32 * 1_000_000 }), /ends behind the end/],
  'an offset of 2^60': [withTensor(1, { offset: HUGE }), /offset of output_norm/],
  'an offset that wraps around': [withTensor(1, { offset: 2n ** 64n - 32n }), /offset of output_norm/],
  'an odd offset': [withTensor(1, { offset: 7 }), /not aligned/],
  'two tensors on one place': [withTensor(1, { offset: 0 }), /overlaps/],
  'a tensor inside another': [withTensor(2, { offset: 64 }), /overlaps/],
  'no token embeddings': [withTensor(0, { name: 'something.weight' }), /no token embeddings/],
  'part 2 of a split model': [withSplit(1, 3), /part 2 of 3/],
  'a split model under another name': [withSplit(0, 3), /one of 3 parts/],
  'a million parts': [withSplit(0, 1_000_000), /split\.count is 1000000/],
  'the last byte missing': [sound.subarray(0, -64), /ends behind the end of the file/],
  'the weights missing': [sound.subarray(0, headEnd), /ends behind the end of the file/],
}

function withSplit(number: number, count: number): Buffer {
  return encodeGguf({ ...parts, metadata: [...parts.metadata, ['split.no', u32(number)], ['split.count', u32(count)]] })
}

for (const share of [0.05, 0.15, 0.3, 0.5, 0.7, 0.9, 0.99])
  broken[`cut after ${share * 100} % of the head`] = [sound.subarray(0, Math.floor(headEnd * share)), /ends inside|longer than the file/]

let written = 0
function fileOf(bytes: Uint8Array): string {
  const file = join(folder, `model-${written++ % 50}.gguf`)
  writeFileSync(file, bytes)
  return file
}

describe('a sound file', () => {
  it('gives its facts', async () => {
    expect(await checkGguf(fileOf(sound))).toEqual({
      architecture: 'llama',
      name: 'tiny',
      license: null,
      sizeBytes: sound.length,
      quantization: 'F32',
      parameters: parts.tensors.reduce((sum, tensor) => sum + tensor.data.length, 0),
      contextLength: 4096,
      layers: 2,
      heads: 4,
      kvHeads: 2,
      embedding: 64,
      chatTemplate: expect.stringContaining('<|im_start|>'),
      splitCount: 1,
    })
  })

  it('may have no chat template, a per-layer head count, absent special tokens and version 2', async () => {
    const metadata = tinyGgufParts({ chatTemplate: null }).metadata.filter(([key]) => key !== 'llama.attention.head_count_kv')
    const bytes = encodeGguf({
      ...parts,
      metadata: [
        ...metadata,
        ['llama.attention.head_count_kv', { type: 'array', of: 'u32', values: [2, 4] }],
        ['tokenizer.ggml.padding_token_id', u32(0xffffffff)],
      ],
    })
    bytes.writeUInt32LE(2, 4)
    expect(await checkGguf(fileOf(bytes))).toMatchObject({ chatTemplate: null, kvHeads: 4 })
  })

  it('may be split: the parts are summed, and each must be there and sound', async () => {
    const split = join(folder, 'split')
    mkdirSync(split)
    const part = (number: number, tensors: readonly GgufTensor[], metadata: GgufParts['metadata']) => {
      const file = join(split, `tiny-0000${number + 1}-of-00002.gguf`)
      writeFileSync(file, encodeGguf({ alignment: 32, tensors, metadata: [...metadata, ['split.no', u32(number)], ['split.count', u32(2)]] }))
      return file
    }
    const first = part(0, parts.tensors.slice(0, 3), parts.metadata)
    await expect(checkGguf(first)).rejects.toThrow(/part 2 of 2 .* is missing/)
    const second = part(1, parts.tensors.slice(3), [])
    expect(await checkGguf(first)).toMatchObject({ splitCount: 2, parameters: parts.tensors.reduce((sum, tensor) => sum + tensor.data.length, 0) })
    truncateSync(second, 2000)
    await expect(checkGguf(first)).rejects.toMatchObject({ code: 'invalid_model_file' })
  })

  it('the known architectures hold the usual ones', () => {
    for (const name of ['llama', 'qwen3', 'gemma3', 'phi3', 'gpt-oss', 'mistral3']) expect(knownArchitectures.has(name)).toBe(true)
  })
})

describe('a broken file is one clear error', () => {
  it('the table has at least 60 of them', () => expect(Object.keys(broken).length).toBeGreaterThanOrEqual(60))

  for (const [name, [bytes, words]] of Object.entries(broken))
    it(name, { timeout: 10_000 }, async () => {
      const error: unknown = await checkGguf(fileOf(bytes)).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(HeadgateError)
      expect(error).toMatchObject({ kind: 'invalid-request', code: 'invalid_model_file' })
      expect((error as Error).message).toMatch(words)
    })

  it('a file that is not there, and a folder', async () => {
    await expect(checkGguf(join(folder, 'nothing.gguf'))).rejects.toMatchObject({ kind: 'invalid-request', code: 'invalid_model_file' })
    await expect(checkGguf(folder)).rejects.toMatchObject({ kind: 'invalid-request', code: 'invalid_model_file' })
  })

  it('a sparse file of 200 MB whose head never ends is given up at the limit of the head', { timeout: 20_000 }, async () => {
    const count = 4_000_000
    const head = encodeGguf({
      ...parts,
      metadata: [
        ...Array.from({ length: 40 }, (_, n) => [`k${n}`, { type: 'array', of: 'u32', values: [] }] as [string, MetadataValue]),
        ...parts.metadata,
      ],
    })
    for (let n = 0; n < 40; n++) head.writeBigUInt64LE(BigInt(count), head.indexOf(`k${n}`) + `k${n}`.length + 8)
    const file = fileOf(head)
    truncateSync(file, 200_000_000)
    await expect(checkGguf(file)).rejects.toMatchObject({ code: 'invalid_model_file' })
  })
})

describe('random damage', () => {
  it('700 heads with changed bytes are accepted or refused, never worse', { timeout: 60_000 }, async () => {
    const change = fc.record({ at: fc.nat(headEnd - 1), byte: fc.nat(255) })
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), fc.option(fc.nat(sound.length)), async (changes, length) => {
        const bytes = Buffer.from(sound.subarray(0, length ?? sound.length))
        for (const { at, byte } of changes) if (at < bytes.length) bytes[at] = byte
        const result = await checkGguf(fileOf(bytes)).catch((thrown: unknown) => thrown)
        expect(result instanceof Error ? result instanceof HeadgateError && result.code === 'invalid_model_file' : true).toBe(true)
      }),
      { numRuns: 700, seed: 20_261_124 },
    )
  })
})
