/** Wrong bodies and fields, rows d1–d24 of the table of bad input: exact status, code and parameter, and no provider ever sees one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askRaw, openRaw, requestBytes } from '../http/raw-connection.ts'
import { expectRefusal, type Stage, startStage } from './refusals.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.stop())

const json = 'content-type: application/json'
const messages = '"messages":[{"role":"user","content":"Hi"}]'
const good = `{"model":"m",${messages}}`
const ask = (body: string | Buffer, headers: readonly string[] = [json]) => askRaw(stage.port, requestBytes({ port: stage.port, headers, body }))

interface Row {
  readonly row: string
  readonly what: string
  readonly body: string | Buffer
  readonly code: string
  readonly param?: string
  readonly status?: number
}

const inModel = (model: string) => `{"model":${model},${messages}}`
const rows: readonly Row[] = [
  { row: 'd1', what: 'a body that stops early', body: '{"a":', code: 'invalid_json' },
  { row: 'd2', what: 'an empty body', body: '', code: 'empty_body' },
  { row: 'd2', what: 'white space only', body: ' \r\n\t', code: 'empty_body' },
  ...['null', '[]', '"x"', '1'].map((body) => ({ row: 'd3', what: `the top-level value ${body}`, body, code: 'invalid_type' })),
  { row: 'd8', what: 'a byte that is no UTF-8', body: Buffer.from(`{"model":"m","x":"\xff",${messages}}`, 'latin1'), code: 'invalid_utf8' },
  { row: 'd8', what: 'an overlong slash', body: Buffer.from(`{"model":"\xc0\xaf",${messages}}`, 'latin1'), code: 'invalid_utf8' },
  {
    row: 'd9',
    what: 'half a surrogate pair',
    body: '{"model":"m","messages":[{"role":"user","content":"\\ud800"}]}',
    code: 'invalid_unicode',
    param: 'messages[0].content',
  },
  { row: 'd11', what: 'a NUL in the model', body: inModel('"m\\u0000"'), code: 'invalid_value', param: 'model' },
  { row: 'd11', what: 'a control character in the model', body: inModel('"m\\u001b[31m"'), code: 'invalid_value', param: 'model' },
  { row: 'd14', what: '20 000 brackets', body: '['.repeat(20_000), code: 'too_deep' },
  { row: 'd14', what: '20 000 objects inside each other', body: `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`, code: 'too_deep' },
  { row: 'd14', what: '65 levels', body: `{"model":"m","x":${'['.repeat(64)}${']'.repeat(64)},${messages}}`, code: 'too_deep' },
  { row: 'd16', what: 'the key __proto__', body: `{"__proto__":{"model":"m"},${messages}}`, code: 'invalid_key', param: '__proto__' },
  {
    row: 'd16',
    what: 'the keys constructor.prototype',
    body: `{"model":"m",${messages},"constructor":{"prototype":{}}}`,
    code: 'invalid_key',
    param: 'constructor.prototype',
  },
  { row: 'd17', what: 'two models', body: `{"model":"m","model":"other",${messages}}`, code: 'duplicate_key', param: 'model' },
  { row: 'd17', what: 'two models, one with an escape', body: `{"model":"m","mod\\u0065l":"x",${messages}}`, code: 'duplicate_key', param: 'model' },
  {
    row: 'd17',
    what: 'two contents',
    body: '{"model":"m","messages":[{"role":"user","content":"a","content":"b"}]}',
    code: 'duplicate_key',
    param: 'messages[0].content',
  },
  { row: 'd18', what: '1e999', body: `{"model":"m",${messages},"max_tokens":1e999}`, code: 'invalid_number', param: 'max_tokens' },
  { row: 'd18', what: '-1e999', body: `{"model":"m",${messages},"temperature":-1e999}`, code: 'invalid_number', param: 'temperature' },
  ...['NaN', 'Infinity', '-Infinity', '0x10', '01', '1.', '.5', '+1'].map((number) => ({
    row: 'd19',
    what: number,
    body: `{"model":"m",${messages},"n":${number}}`,
    code: 'invalid_json',
  })),
  { row: 'd19', what: 'a trailing comma', body: `{"model":"m",${messages},}`, code: 'invalid_json' },
  { row: 'd19', what: 'a comment', body: `{"model":"m",/* hi */${messages}}`, code: 'invalid_json' },
  { row: 'd19', what: 'single quotes', body: `{'model':'m'}`, code: 'invalid_json' },
  { row: 'd21', what: 'no model', body: `{${messages}}`, code: 'missing_required_parameter', param: 'model' },
  { row: 'd21', what: 'the model null', body: inModel('null'), code: 'missing_required_parameter', param: 'model' },
  { row: 'd21', what: 'an empty model', body: inModel('""'), code: 'missing_required_parameter', param: 'model' },
  { row: 'd21', what: 'a number as model', body: inModel('4'), code: 'invalid_type', param: 'model' },
  { row: 'd21', what: 'a list as model', body: inModel('["m"]'), code: 'invalid_type', param: 'model' },
  { row: 'd21', what: 'a model name of 10 kB', body: inModel(`"${'m'.repeat(10_240)}"`), code: 'string_too_long', param: 'model' },
  { row: 'd22', what: 'an unknown model', body: inModel('"nothing-like-it"'), code: 'model_not_found', param: 'model', status: 404 },
  ...[
    '../../etc/passwd',
    '%2e%2e',
    'http://169.254.169.254/',
    `\${OPENAI_API_KEY}`,
    `\${FAR_KEY}`,
    "'; DROP TABLE request; --",
    '__proto__',
    'constructor',
    'toString',
    '@@local',
    'm@nowhere/..',
  ].map((name) => ({
    row: 'd24',
    what: `the model ${name}`,
    body: inModel(JSON.stringify(name)),
    code: 'model_not_found',
    param: 'model',
    status: 404,
  })),
  // A line break is a control character: refused as d11 before it could be looked up.
  { row: 'd24', what: 'a model with a header in it', body: inModel('"a\\r\\nX: y"'), code: 'invalid_value', param: 'model' },
  { row: 'd34', what: 'stream as a string', body: `{"model":"m",${messages},"stream":"true"}`, code: 'invalid_type', param: 'stream' },
  { row: 'd34', what: 'stream as a number', body: `{"model":"m",${messages},"stream":1}`, code: 'invalid_type', param: 'stream' },
]

describe('the body', () => {
  it.each(rows)('$row: $what is refused with $code', async ({ body, code, param, status = 400 }) => {
    const before = stage.fake.requests.length
    expectRefusal(await ask(body), { status, code, param: param ?? null })
    expect(stage.fake.requests.length).toBe(before)
  })

  it('d1: names the byte where the text stops being JSON', async () => {
    expect((await ask('{"a":')).json().error.message).toContain('byte 5')
  })

  it('d22: lists at most five near names, and the name that was meant', async () => {
    const { error } = (await ask(inModel('"meta-llama/Llama-3.3-70B-Instrukt"'))).json()
    expect(error.message).toContain('meta-llama/Llama-3.3-70B-Instruct')
    expect(error.message.split(', ').length).toBeLessThanOrEqual(5)
  })

  it('d18: a long literal that Headgate does not read passes as the bytes that it is', async () => {
    const reply = await ask(`{"model":"m",${messages},"metadata":{"big":123456789012345678901234567890.5}}`)
    expect(reply.status).toBe(200)
    expect(stage.fake.requests.at(-1)?.bytes.toString()).toContain('123456789012345678901234567890.5')
  })
})

describe('the content type', () => {
  const types: readonly { row: string; lines: readonly string[]; code: string }[] = [
    { row: 'd4', lines: [], code: 'unsupported_media_type' },
    ...[
      'application/json garbage',
      'application/json\tcharset=utf-8',
      'application/json;\tcharset=utf-8',
      'application/json;',
      'application/json, text/plain',
      'application/jsonx',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'text/plain',
      'text/json',
      'application/json; profile="a"',
    ].map((type) => ({ row: 'd6', lines: [`content-type: ${type}`], code: 'unsupported_media_type' })),
    ...['utf-16', 'latin1', 'iso-8859-1', 'utf-7'].map((charset) => ({
      row: 'd7',
      lines: [`content-type: application/json; charset=${charset}`],
      code: 'unsupported_charset',
    })),
    ...['gzip', 'br', 'deflate, gzip', 'zstd'].map((encoding) => ({
      row: 'd12',
      lines: [json, `content-encoding: ${encoding}`],
      code: 'unsupported_encoding',
    })),
  ]
  it.each(types.map((type) => ({ ...type, what: type.lines.join(' + ') || 'none' })))(
    '$row: $what is refused with $code',
    async ({ lines, code }) => {
      const before = stage.fake.requests.length
      expectRefusal(await ask(good, lines), { status: 415, code })
      expect(stage.fake.requests.length).toBe(before)
    },
  )

  it.each(['APPLICATION/JSON ;charset=utf-8', 'application/json; charset="UTF-8"', 'application/json;charset=utf8', 'application/json'])(
    'd6: %s is JSON',
    async (type) => {
      const reply = await ask(good, [`content-type: ${type}`])
      expect([reply.status, reply.json().choices[0].message.content]).toEqual([200, 'Hello from far away.'])
    },
  )
})

describe('a body over the limit', () => {
  const limit = 32 * 1024 * 1024
  const piece = Buffer.alloc(64 * 1024, 'x')

  it('d13: is refused by its length before a byte of it is read', async () => {
    const connection = await openRaw(stage.port)
    connection.write(requestBytes({ port: stage.port, headers: [json, `content-length: ${limit + 1}`] }))
    const reply = await connection.reply()
    expectRefusal(reply, { status: 413, code: 'request_too_large' })
    expect(reply.headers['connection']).toBe('close')
    await connection.closed()
  })

  it('d13: is refused in chunks as soon as it is over, and the connection is closed', async () => {
    const connection = await openRaw(stage.port)
    connection.write(requestBytes({ port: stage.port, headers: [json, 'transfer-encoding: chunked'] }))
    const chunk = Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')])
    let isAnswered = false
    const answered = connection.reply().finally(() => {
      isAnswered = true
    })
    let sent = 0
    while (!isAnswered && sent < 2 * limit) {
      sent += piece.length
      if (!connection.socket.write(chunk)) await new Promise<void>((resolve) => setImmediate(resolve))
      if (sent > limit + 4 * 1024 * 1024) break
    }
    const reply = await answered
    expectRefusal(reply, { status: 413, code: 'request_too_large' })
    expect(reply.headers['connection']).toBe('close')
    await connection.closed()
    connection.end()
  })

  it('d13: a body of exactly the limit is read', async () => {
    const head = `{"model":"nothing-like-it",${messages},"x":"`
    const reply = await ask(Buffer.concat([Buffer.from(head), Buffer.alloc(limit - head.length - 2, 'x'), Buffer.from('"}')]))
    expectRefusal(reply, { status: 404, code: 'model_not_found', param: 'model' })
  })
})
