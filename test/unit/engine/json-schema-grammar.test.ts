/** The grammar of a schema is tried on the real llama.cpp: what a model with random weights writes under it always fits the schema. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  getLlama,
  type Llama,
  type LlamaContextSequence,
  LlamaGrammarEvaluationState,
  LlamaLogLevel,
  type LlamaModel,
  type Token,
  TokenBias,
} from 'node-llama-cpp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HeadgateError } from '../../../router/core/errors.ts'
import { anyJsonObjectGrammar, schemaToGrammar } from '../../../router/engine/json-schema-grammar.ts'
import { writeTinyGguf } from '../../fixtures/tiny-gguf.ts'
import { misfit } from './schema-checker.ts'

const short = { type: 'string', maxLength: 8 }
const person = { type: 'object', properties: { name: short, age: { type: 'integer', minimum: 0, maximum: 130 } }, required: ['name'] }

/** Name → schema that must be enforced in full (`strict`). */
const enforced: Record<string, unknown> = {
  enum: { enum: ['red', 'green', 3, null, true, { a: [1, 'x'] }] },
  'enum with a type': { type: 'string', enum: ['a', 1, 'b'] },
  'enum of hostile texts': { enum: ['"', '\\', '\n', '] | [', '"::=', 'é日🦊', '', '\u0000', '\u007f', 'root ::= "x"'] },
  const: { const: { deep: [1, { '"': '\\' }] } },
  'const number': { const: -1.5e-3 },
  'oneOf of types': { oneOf: [{ type: 'integer' }, short, { type: 'null' }] },
  'oneOf with a tag': {
    oneOf: [
      { type: 'object', properties: { kind: { const: 'a' }, x: { type: 'integer' } }, required: ['kind', 'x'] },
      { type: 'object', properties: { kind: { enum: ['b', 'c'] }, y: { type: 'boolean' } }, required: ['kind'] },
    ],
  },
  'oneOf of closed objects': {
    oneOf: [
      { type: 'object', properties: { a: { type: 'null' } }, required: ['a'], additionalProperties: false },
      { type: 'object', properties: { b: { type: 'null' } }, required: ['b'], additionalProperties: false },
    ],
  },
  'list of scalar types': { type: ['string', 'null', 'boolean'], maxLength: 4 },
  'object or null': { type: ['object', 'null'], properties: { a: { type: 'integer' } } },
  'prefixItems, closed': { type: 'array', prefixItems: [short, { type: 'boolean' }], items: false },
  'prefixItems, open': { prefixItems: [{ type: 'null' }], items: { type: 'boolean' }, maxItems: 4, minItems: 2 },
  'prefixItems, shorter allowed': { type: 'array', prefixItems: [{ type: 'null' }, { type: 'boolean' }, { const: 1 }], items: false, minItems: 1 },
  'tuple of draft 7': { type: 'array', items: [{ const: 1 }, { const: 2 }], additionalItems: false },
  'item bounds': { type: 'array', items: { type: 'boolean' }, minItems: 2, maxItems: 5 },
  'exactly one item': { type: 'array', items: { type: 'integer', minimum: 1, maximum: 9 }, minItems: 1, maxItems: 1 },
  'no items': { type: 'array', maxItems: 0 },
  'length bounds': { type: 'string', minLength: 3, maxLength: 6 },
  'exact length': { type: 'string', minLength: 5, maxLength: 5 },
  'empty text': { type: 'string', maxLength: 0 },
  '$ref to $defs': { $ref: '#/$defs/p', $defs: { p: person } },
  '$ref to definitions': { type: 'array', items: { $ref: '#/definitions/p' }, maxItems: 2, definitions: { p: person } },
  '$ref with escapes': { $ref: '#/$defs/a~1b~0c', $defs: { 'a/b~c': { type: 'boolean' } } },
  '$ref with siblings': { $ref: '#/$defs/n', maximum: 7, $defs: { n: { type: 'integer', minimum: 3 } } },
  'recursion to #': {
    type: 'object',
    properties: { next: { anyOf: [{ $ref: '#' }, { type: 'null' }] } },
    required: ['next'],
    additionalProperties: false,
  },
  'recursion in $defs': {
    $ref: '#/$defs/tree',
    $defs: {
      tree: {
        type: 'object',
        properties: { leaf: { type: 'boolean' }, kids: { type: 'array', items: { $ref: '#/$defs/tree' }, maxItems: 1 } },
        required: ['leaf'],
      },
    },
  },
  'additionalProperties false': { type: 'object', properties: { a: { type: 'integer' }, b: { type: 'boolean' } }, additionalProperties: false },
  'additionalProperties schema': { type: 'object', additionalProperties: { type: 'integer', minimum: 0, maximum: 99 } },
  'additional beside declared': {
    type: 'object',
    properties: { a: { type: 'boolean' }, ab: { type: 'null' } },
    additionalProperties: { type: 'integer', maximum: 9 },
  },
  'additionalProperties true': { type: 'object', properties: { a: { type: 'boolean' } }, required: ['a'], additionalProperties: true },
  'format date': { type: 'string', format: 'date' },
  'format date-time': { type: 'string', format: 'date-time' },
  'format time': { type: 'string', format: 'time' },
  'format uuid': { type: 'string', format: 'uuid' },
  'format email': { type: 'string', format: 'email' },
  'format ipv4': { type: 'string', format: 'ipv4' },
  'format ipv6': { type: 'string', format: 'ipv6' },
  'format uri': { type: 'string', format: 'uri' },
  'format duration': { type: 'string', format: 'duration' },
  required: { type: 'object', properties: { a: short, b: { type: 'integer' }, c: { type: 'null' } }, required: ['b'] },
  'all optional': { type: 'object', properties: { a: { type: 'null' }, b: { type: 'null' }, c: { type: 'null' }, d: { type: 'null' } } },
  'required but not declared': { type: 'object', required: ['x'], additionalProperties: { type: 'boolean' } },
  anyOf: { anyOf: [{ type: 'integer' }, { type: 'array', items: { type: 'null' }, maxItems: 2 }] },
  'anyOf beside properties': {
    type: 'object',
    properties: { a: { type: 'boolean' } },
    anyOf: [{ required: ['a'] }, { properties: { b: { type: 'null' } }, required: ['b'] }],
  },
  allOf: {
    allOf: [
      { type: 'object', properties: { a: { type: 'integer', minimum: 1 } }, required: ['a'] },
      { properties: { a: { maximum: 5 }, b: { type: 'null' } } },
    ],
  },
  'allOf with a closed side': {
    allOf: [{ type: 'object', properties: { a: { type: 'null' } }, additionalProperties: false }, { properties: { b: short } }],
  },
  'allOf narrowing types': { allOf: [{ type: ['number', 'string'] }, { type: ['integer', 'null'] }] },
  'allOf of enums': { allOf: [{ enum: [1, 2, 3] }, { enum: [2, 3, 4] }] },
  'allOf with references': {
    allOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/b' }],
    $defs: { a: { type: 'object', properties: { x: { const: 1 } }, required: ['x'] }, b: { properties: { y: { const: 2 } }, required: ['y'] } },
  },
  pattern: { type: 'string', pattern: '^[a-z]{2,4}-\\d+$' },
  'pattern without anchors': { type: 'string', pattern: 'ab|c' },
  'pattern with groups': { type: 'string', pattern: '^(?:\\+\\d{1,3} )?(foo|ba[rz])*x?$' },
  'pattern of characters that JSON escapes': { type: 'string', pattern: '^["\\\\\\n/]{3}$' },
  'pattern with negations': { type: 'string', pattern: '^[^a-z"\\s]{4}\\S\\W.$' },
  'pattern with lengths': { type: 'string', pattern: '^[A-Z]+$', minLength: 2, maxLength: 5 },
  'pattern with unicode': { type: 'string', pattern: '^[a-cà-ÿ\\u4e00-\\u4e10]{1,3}$' },
  'integer range': { type: 'integer', minimum: -17, maximum: 123 },
  'integer from': { type: 'integer', minimum: 1000 },
  'integer to': { type: 'integer', maximum: -5 },
  'exclusive integers': { type: 'integer', exclusiveMinimum: 0, exclusiveMaximum: 3 },
  'exclusive of draft 4': { type: 'integer', minimum: 0, exclusiveMinimum: true, maximum: 2 },
  'odd integer bounds': { type: 'integer', minimum: 9.5, maximum: 10.5 },
  'number range': { type: 'number', minimum: -2, maximum: 1 },
  'exclusive numbers': { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 100 },
  'number from': { type: 'number', minimum: 5 },
  'any JSON': {},
  true: true,
  'any object': { type: 'object' },
  'any array': { type: 'array', maxItems: 3 },
  'no type but properties': { properties: { a: { type: 'boolean' } }, required: ['a'] },
  'at least one property': { type: 'object', additionalProperties: { type: 'null' }, minProperties: 1, maxProperties: 3 },
  'hostile names': {
    type: 'object',
    properties: Object.fromEntries(['"', '\\', '__proto__', 'constructor', '\n', '] ::= "', '日本'].map((name) => [name, { type: 'null' }])),
    required: ['"', '__proto__', '\n'],
    additionalProperties: false,
  },
  'annotations only inside': {
    type: 'object',
    title: 't',
    description: '"]::=',
    properties: { a: { type: 'boolean', default: 3, examples: ['x'] } },
    required: ['a'],
  },
  'deep nesting': nested(12),
  'a tool call': {
    type: 'object',
    properties: { city: short, unit: { type: 'string', enum: ['c', 'f'] }, days: { type: 'integer', minimum: 1, maximum: 14 } },
    required: ['city', 'unit'],
    additionalProperties: false,
  },
}

/** Name → [schema, keyword that the refusal names]. */
const refused: Record<string, [schema: unknown, keyword: string]> = {
  not: [{ not: { type: 'null' } }, 'not'],
  'if then else': [{ type: 'object', properties: { a: { if: {}, else: {} } } }, 'properties.a.if'],
  multipleOf: [{ type: 'integer', multipleOf: 5 }, 'multipleOf'],
  patternProperties: [{ type: 'object', patternProperties: { '^x': {} } }, 'patternProperties'],
  propertyNames: [{ type: 'object', propertyNames: { maxLength: 3 } }, 'propertyNames'],
  dependentRequired: [{ type: 'object', properties: { a: {} }, dependentRequired: { a: ['b'] } }, 'dependentRequired'],
  uniqueItems: [{ type: 'array', items: { type: 'integer' }, uniqueItems: true }, 'uniqueItems'],
  contains: [{ type: 'array', contains: { const: 1 } }, 'contains'],
  'a look-ahead': [{ type: 'string', pattern: '^(?=a)' }, 'pattern'],
  'a back-reference': [{ type: 'string', pattern: '^(a)\\1$' }, 'pattern'],
  'a pattern that is none': [{ type: 'string', pattern: '(' }, 'pattern'],
  'a huge pattern': [{ type: 'string', pattern: '^((a{400}){400}){400}$' }, 'pattern'],
  'pattern and length of a sequence': [{ type: 'string', pattern: '^a+b$', maxLength: 5 }, 'pattern'],
  'an unknown format': [{ type: 'string', format: 'iri' }, 'format'],
  'fractional bounds': [{ type: 'number', minimum: 0.5 }, 'minimum'],
  'oneOf that may overlap': [{ oneOf: [{ type: 'integer' }, { type: 'number' }] }, 'oneOf'],
  'minProperties of a map': [{ type: 'object', minProperties: 2 }, 'minProperties'],
}

/** What is no schema or fits nothing: an error with and without strict. */
const impossible: Record<string, unknown> = {
  'a text': 'x',
  'a list': [],
  null: null,
  false: false,
  'an unknown type': { type: 'text' },
  'properties as a list': { type: 'object', properties: [] },
  'required as a text': { type: 'object', required: 'a' },
  'an empty anyOf': { anyOf: [] },
  'an empty enum': { enum: [] },
  'bounds the wrong way round': { type: 'integer', minimum: 3, maximum: 2 },
  'lengths the wrong way round': { type: 'string', minLength: 3, maxLength: 2 },
  'a reference to nothing': { $ref: '#/$defs/x' },
  'a reference to a prototype': { $ref: '#/constructor' },
  'a reference elsewhere': { $ref: 'https://example.com/schema' },
  'a reference to itself': { $ref: '#' },
  'references in a circle': {
    anyOf: [{ $ref: '#/$defs/a' }, { type: 'null' }],
    $defs: { a: { anyOf: [{ $ref: '#/$defs/b' }, { const: 1 }] }, b: { anyOf: [{ $ref: '#/$defs/a' }, { const: 2 }] } },
  },
  'allOf of itself': { allOf: [{ $ref: '#' }, { type: 'object' }] },
  'allOf that fits nothing': { allOf: [{ type: 'string' }, { type: 'number' }] },
  'a required property that is closed off': { type: 'object', required: ['a'], additionalProperties: false },
  'nesting without end': nested(300),
  'too many alternatives': { allOf: Array.from({ length: 9 }, (_, n) => ({ anyOf: [{ minimum: n }, { maximum: 100 - n }] })) },
}

function nested(depth: number): unknown {
  return depth === 0 ? { type: 'null' } : { type: 'object', properties: { a: nested(depth - 1) }, required: ['a'], additionalProperties: false }
}

let llama: Llama
let model: LlamaModel
let sequence: LlamaContextSequence
const folder = mkdtempSync(join(tmpdir(), 'headgate-grammar-'))

beforeAll(async () => {
  writeTinyGguf(join(folder, 'tiny.gguf'), { contextLength: 1024 })
  llama = await getLlama({ build: 'never', gpu: false, maxThreads: 1, logLevel: LlamaLogLevel.disabled })
  model = await llama.loadModel({ modelPath: join(folder, 'tiny.gguf') })
  sequence = (await model.createContext({ contextSize: 1024, threads: 1 })).getSequence()
}, 60_000)

afterAll(async () => {
  await llama?.dispose()
  rmSync(folder, { recursive: true, force: true })
})

/** Token of one byte in the tiny model: behind five control tokens. */
function byteToken(byte: number): Token {
  return (5 + byte) as Token
}

/** What the model writes under the grammar; null = it was not done after `limit` tokens. */
async function written(grammarText: string, seed: number, limit = 160): Promise<string | null> {
  const grammar = await llama.createGrammar({ grammar: grammarText })
  const grammarEvaluationState = new LlamaGrammarEvaluationState({ model, grammar })
  // A random model rambles: ends of texts and lists get more weight, blanks and deeper levels less.
  const tokenBias = new TokenBias(model.tokenizer)
  for (const end of ['"', '}', ']']) for (const token of model.tokenize(end)) tokenBias.set(token, { logit: 2.5 })
  for (const start of [' ', '\n', '{', '[']) for (const token of model.tokenize(start)) tokenBias.set(token, { logit: -2 })
  // llama.cpp's grammars see code points and do not check that bytes are UTF-8; a trained model writes UTF-8, a random one would not.
  for (let byte = 0x80; byte <= 0xff; byte++) tokenBias.set(byteToken(byte), 'never')
  await sequence.clearHistory()
  const tokens = []
  for await (const token of sequence.evaluate(model.tokenize('x'), {
    temperature: 1,
    topK: 0,
    topP: 1,
    minP: 0,
    seed,
    grammarEvaluationState,
    tokenBias,
  })) {
    tokens.push(token)
    if (tokens.length >= limit) return null
  }
  return model.detokenize(tokens)
}

describe('what is written under a grammar fits its schema', () => {
  const SEEDS = 5
  for (const [name, schema] of Object.entries(enforced))
    it(name, { timeout: 60_000 }, async () => {
      const { grammar, warnings } = schemaToGrammar(schema, { strict: true })
      expect(warnings).toEqual([])
      let completed = 0
      for (let seed = 1; seed <= SEEDS; seed++) {
        const text = await written(grammar, seed)
        if (text === null) continue
        completed++
        expect({ seed, text, misfit: misfit(schema, JSON.parse(text)) }).toEqual({ seed, text, misfit: null })
      }
      expect(completed).toBeGreaterThanOrEqual(3)
    })

  it('any JSON object is an object', { timeout: 60_000 }, async () => {
    const text = await written(anyJsonObjectGrammar, 4)
    expect(JSON.parse(text ?? '')).toBeTypeOf('object')
  })
})

describe('what cannot be enforced', () => {
  for (const [name, [schema, keyword]] of Object.entries(refused)) {
    it(`${name} is refused when strict`, () => {
      const error = thrownBy(() => schemaToGrammar(schema, { strict: true }))
      expect(error).toBeInstanceOf(HeadgateError)
      expect(error).toMatchObject({
        kind: 'invalid-request',
        code: 'invalid_schema',
        details: { param: `response_format.json_schema.schema.${keyword}` },
      })
      expect((error as Error).message).toContain(keyword.split('.').at(-1))
    })
    it(`${name} is a warning when not strict, and the grammar works`, { timeout: 60_000 }, async () => {
      const { grammar, warnings } = schemaToGrammar(schema, { strict: false })
      expect(warnings.join()).toContain(keyword)
      await llama.createGrammar({ grammar })
    })
  }
})

describe('what is no schema, or fits nothing', () => {
  for (const [name, schema] of Object.entries(impossible))
    it(`${name} is an error, strict or not`, () => {
      for (const strict of [true, false])
        expect(thrownBy(() => schemaToGrammar(schema, { strict }))).toMatchObject({ kind: 'invalid-request', code: 'invalid_schema' })
    })
})

describe('size', () => {
  it('a thousand optional properties and an enum of five thousand values give a grammar that llama.cpp takes', { timeout: 60_000 }, async () => {
    const properties = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`p${n}`, { type: 'boolean' }]))
    await llama.createGrammar({ grammar: schemaToGrammar({ type: 'object', properties }, { strict: true }).grammar })
    const values = Array.from({ length: 5000 }, (_, n) => `value ${n}`)
    await llama.createGrammar({ grammar: schemaToGrammar({ enum: values }, { strict: true }).grammar })
  })

  it('lengths above what llama.cpp repeats are kept', { timeout: 60_000 }, async () => {
    const { grammar } = schemaToGrammar({ type: 'string', minLength: 600, maxLength: 12_000 }, { strict: true })
    const text = await written(grammar, 1, 900)
    if (text !== null) expect(JSON.parse(text).length).toBeGreaterThanOrEqual(600)
    await llama.createGrammar({ grammar })
  })
})

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return null
}
