/** The strict reading of a body: every code of the table of bad input, and agreement with `JSON.parse` on everything else. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HeadgateError } from '../../../router/core/errors.ts'
import { parseBody } from '../../../router/core/json-text.ts'

const bytesOf = (text: string) => Buffer.from(text)

function refusalOf(body: Uint8Array | string): HeadgateError {
  try {
    parseBody(typeof body === 'string' ? bytesOf(body) : body)
  } catch (error) {
    if (error instanceof HeadgateError) return error
    throw error
  }
  throw new Error('the body was accepted')
}

const deep = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`

describe('the table of bad input', () => {
  const rows: readonly (readonly [string, string, string | Uint8Array, string, string?])[] = [
    ['d1', 'a body that stops early', '{"a":', 'invalid_json'],
    ['d2', 'an empty body', '', 'empty_body'],
    ['d2', 'white space only', ' \n\t ', 'empty_body'],
    ['d3', 'null', 'null', 'invalid_type'],
    ['d3', 'an array', '[]', 'invalid_type'],
    ['d3', 'a string', '"x"', 'invalid_type'],
    ['d3', 'a number', '1', 'invalid_type'],
    ['d8', 'a byte that is no UTF-8', Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d]), 'invalid_utf8'],
    ['d8', 'a surrogate written as three bytes', Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x7d]), 'invalid_utf8'],
    ['d9', 'half a surrogate pair', '{"messages":[{"role":"user"},{"content":"\\ud800"}]}', 'invalid_unicode', 'messages[1].content'],
    ['d9', 'half a surrogate pair in capitals', '{"a b":{"c":"x\\uDC00"}}', 'invalid_unicode', '"a b".c'],
    ['d9', 'the halves in the wrong order', '{"a":"\\ude00\\ud83d"}', 'invalid_unicode', 'a'],
    ['d9', 'a half before an escape that is none', '{"a":"\\ud83d\\u0064c00"}', 'invalid_unicode', 'a'],
    ['d9', 'a half before a backslash that is escaped', '{"a":"\\ud83d\\\\ude00"}', 'invalid_unicode', 'a'],
    ['d9', 'half a surrogate pair in a key', '{"a":{"\\ud812":1}}', 'invalid_unicode', 'a'],
    ['d14', '20 000 brackets', '['.repeat(20_000), 'too_deep'],
    ['d14', '65 levels', deep(65), 'too_deep'],
    ['–', 'more members than any request has', `{"a":[${'{"b":1},'.repeat(250_000)}1]}`, 'too_many_items'],
    ['d16', '__proto__', '{"a":[{"__proto__":{"x":1}}]}', 'invalid_key', '__proto__'],
    ['d16', '__proto__ with escapes', '{"\\u005f_proto__":1}', 'invalid_key', '__proto__'],
    ['d16', 'constructor.prototype', '{"constructor":{"prototype":{"x":1}}}', 'invalid_key', 'constructor.prototype'],
    ['d17', 'a key twice', '{"model":"a","model":"b"}', 'duplicate_key', 'model'],
    ['d17', 'a key twice, once with escapes', '{"model":"a","mod\\u0065l":"b"}', 'duplicate_key', 'model'],
    ['d17', 'a key twice far inside', '{"a":[0,{"b":{"c":1,"d":2,"c":3}}]}', 'duplicate_key', 'a[1].b.c'],
    ['d17', 'a key twice, the first with members of its own', '{"a":{"x":1,"y":2},"a":{"z":1}}', 'duplicate_key', 'a'],
    ['d18', '1e999', '{"max_tokens":1e999}', 'invalid_number', 'max_tokens'],
    ['d18', '-1e999', '{"temperature":-1e999}', 'invalid_number', 'temperature'],
    ['d19', 'NaN', '{"a":NaN}', 'invalid_json'],
    ['d19', 'Infinity', '{"a":-Infinity}', 'invalid_json'],
    ['d19', 'hexadecimal', '{"a":0x10}', 'invalid_json'],
    ['d19', 'a trailing comma', '{"a":1,}', 'invalid_json'],
    ['d19', 'a comment', '{"a":1/* no */}', 'invalid_json'],
    ['–', 'a byte order mark', '\uFEFF{"a":1}', 'invalid_json'],
    ['–', 'text after the end', '{"a":1} x', 'invalid_json'],
    ['–', 'a control character in a string', '{"a":"\u0001"}', 'invalid_json'],
  ]
  it.each(rows.map(([row, what, body, code, param]) => ({ row, what, body, code, param })))('$row: $what is refused', ({ body, code, param }) => {
    const error = refusalOf(body)
    expect([error.kind, error.status, error.code]).toEqual(['invalid-request', 400, code])
    if (param !== undefined) expect(error.details.param).toBe(param)
  })

  it('names the byte where the text stops being JSON, not the character', () => {
    expect(refusalOf('{"a":').message).toContain('byte 5')
    expect(refusalOf('{"ü":x}').message).toContain('byte 6')
    expect(refusalOf('{"a":1,}').message).toContain('byte 7')
    expect(refusalOf('{"a":"\\x"}').message).toContain('byte 7')
    expect(refusalOf('{"a":[1 2]}').message).toContain('byte 8')
  })

  it('accepts 64 levels, long literals elsewhere and whole surrogate pairs', () => {
    expect(parseBody(bytesOf(deep(64))).value).toBeTypeOf('object')
    expect(parseBody(bytesOf('{"metadata":{"x":1e999},"seed":123456789012345678901234567890}')).members.size).toBe(2)
    expect(parseBody(bytesOf('{"a":"\\ud83d\\uDE00\\uD83D\\ude00"}')).value['a']).toBe('😀😀')
    expect(parseBody(bytesOf('{"constructor":{"type":"object"},"tools":[{"constructor":1}]}')).members.size).toBe(2)
  })

  it('does not take the same key in two objects, or in a string, for a duplicate', () => {
    const text = '{"a":{"x":1},"b":{"x":1},"c":"{\\"x\\":1,\\"x\\":2}","d":[{"x":":"},{"x":"\\\\"}]}'
    expect(parseBody(bytesOf(text)).value).toEqual(JSON.parse(text))
  })
})

describe('spans', () => {
  it('cut the value of every top-level member out of the bytes, white space left out', () => {
    const text = '\n{ "model" :  "a\\"b" ,"n":1\n, "list":[ 1, {"x":2} ] , "ü€":"ö" , "":null\t} '
    const body = parseBody(bytesOf(text))
    const cut = [...body.members].map(([key, { start, end }]) => [key, Buffer.from(body.bytes.subarray(start, end)).toString()])
    expect(cut).toEqual([
      ['model', '"a\\"b"'],
      ['n', '1'],
      ['list', '[ 1, {"x":2} ]'],
      ['ü€', '"ö"'],
      ['', 'null'],
    ])
  })

  it('count from the start of a view, not of its buffer', () => {
    const whole = bytesOf('garbage{"a":[7]}garbage')
    const body = parseBody(new Uint8Array(whole.buffer, whole.byteOffset + 7, 9))
    const span = body.members.get('a')
    expect(Buffer.from(body.bytes.subarray(span?.start, span?.end)).toString()).toBe('[7]')
  })
})

/** What the strict reading refuses although it is JSON. */
const STRICTER = new Set(['invalid_type', 'duplicate_key', 'invalid_key', 'invalid_unicode', 'invalid_number', 'too_deep', 'empty_body'])

function agreesWithJsonParse(bytes: Uint8Array): void {
  let expected: unknown
  let isJson = true
  try {
    expected = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    isJson = false
  }
  let refusal: HeadgateError | null = null
  try {
    const body = parseBody(bytes)
    expect(body.value).toEqual(expected)
    expect([...body.members.keys()].toSorted()).toEqual(Object.keys(body.value).toSorted())
    for (const [key, { start, end }] of body.members) expect(JSON.parse(Buffer.from(bytes.subarray(start, end)).toString())).toEqual(body.value[key])
  } catch (error) {
    if (!(error instanceof HeadgateError)) throw error
    refusal = error
  }
  if (!isJson) expect(refusal).not.toBeNull()
  else if (refusal) expect(STRICTER).toContain(refusal.code)
  if (refusal?.code === 'invalid_json') expect(refusal.message).toMatch(/at byte \d+\.$/)
}

describe('properties', () => {
  it('agrees with JSON.parse on any JSON object, however it is spaced', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(0, 1, '\t', ' \n'), (value, space) => {
        agreesWithJsonParse(bytesOf(JSON.stringify(value, null, space)))
      }),
      { numRuns: 1_000 },
    )
  })

  it('agrees with JSON.parse on mutated bytes, and never fails in another way', () => {
    const seed = bytesOf(
      '{"model":"a","messages":[{"role":"user","content":"h\\u00e9 \\ud83d\\ude00 \\"q\\" ö€"},null,true],"n":-1.5e+3,"o":{"a":{},"b":[]},"s":""}',
    )
    const interesting = fc.constantFrom(...bytesOf('{}[]",:\\u0e-+.tfn \n'), 0xff, 0xc3, 0x00)
    const change = fc.record({
      at: fc.nat(seed.length - 1),
      byte: fc.oneof(interesting, fc.nat(255)),
      how: fc.constantFrom('set', 'insert', 'remove'),
    })
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = [...seed]
        for (const { at, byte, how } of changes) bytes.splice(at, how === 'insert' ? 0 : 1, ...(how === 'remove' ? [] : [byte]))
        agreesWithJsonParse(Uint8Array.from(bytes))
      }),
      { numRuns: 8_000 },
    )
  })

  it('finds a duplicate wherever it is put', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue(), { minKeys: 1 }), fc.nat(), (value, pick) => {
        const keys = Object.keys(value).filter((key) => key !== '__proto__' && key.isWellFormed())
        fc.pre(keys.length > 0)
        const key = keys[pick % keys.length] as string
        const text = `{"outer":[${JSON.stringify(value).slice(0, -1)},${JSON.stringify(key)}:0}]}`
        fc.pre(!text.includes('__proto__'))
        expect(refusalOf(text).code).toBe('duplicate_key')
      }),
      { numRuns: 300 },
    )
  })
})
