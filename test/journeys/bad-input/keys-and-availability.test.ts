/** Wrong keys and deployments that fail, rows d46–d56 of the table of bad input. Rate limits, budgets and keys for some models only (d23, d53, d54) come with their features. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askRaw, type RawReply, requestBytes } from '../http/raw-connection.ts'
import { expectRefusal, type Stage, startStage } from './refusals.ts'

let stage: Stage
let key: string
let revoked: string

beforeAll(async () => {
  stage = await startStage()
  const { body } = await stage.test.admin('POST', '/admin/keys', { name: 'tool' })
  key = body.key
  const other = await stage.test.admin('POST', '/admin/keys', { name: 'old tool' })
  revoked = other.body.key
  await stage.test.admin('DELETE', `/admin/keys/${other.body.id}`)
})
afterAll(() => stage.stop())

const json = 'content-type: application/json'
const chat = (model = 'm', more: Readonly<Record<string, unknown>> = {}) =>
  JSON.stringify({ model, messages: [{ role: 'user', content: 'Hi' }], ...more })
const ask = (headers: readonly (string | Buffer)[], { path = '/v1/chat/completions', body = chat() } = {}) =>
  askRaw(stage.port, requestBytes({ port: stage.port, path, headers: [json, ...headers.map(String)], body }))

/** Refused without anything sent on. */
async function refusedHere(reply: Promise<RawReply>, refusal: Parameters<typeof expectRefusal>[1]): Promise<RawReply> {
  const before = stage.fake.requests.length
  const answered = await reply
  expectRefusal(answered, refusal)
  if (refusal.status === 401) expect(answered.headers['www-authenticate']).toBe('Bearer')
  expect(stage.fake.requests.length).toBe(before)
  return answered
}

describe('with require_key on', () => {
  beforeAll(() => stage.test.admin('PUT', '/admin/settings', { require_key: true }))
  afterAll(() => stage.test.admin('PUT', '/admin/settings', { require_key: false }))

  it.each([
    ['no Authorization', []],
    ['Basic', ['authorization: Basic aGc6eA==']],
    ['an empty bearer', ['authorization: Bearer ']],
    ['no scheme', ['authorization: hg-whatever']],
    ['two Authorization headers', ['authorization: Bearer KEY', 'authorization: Bearer other']],
    ['an empty x-api-key', ['x-api-key: ']],
  ])('d46: %s is missing_api_key', async (_what, headers) => {
    await refusedHere(ask(headers.map((line) => line.replace('KEY', key))), { status: 401, code: 'missing_api_key' })
  })

  it.each([
    ['a wrong key', 'wrong'],
    ['an unknown key of ours', 'hg-0123456789abcdef0123456789abcdef'],
    ['SQL', "' OR 1=1"],
    ['SQL behind our prefix', "hg-' OR '1'='1"],
    ['bytes that are not ASCII', 'hg-\xfc\xdf\xff'],
    ['12 kB', `hg-${'x'.repeat(12_000)}`],
    ['a key with one character more', 'KEY.'],
    ['the admin token', 'ADMIN'],
  ])('d47: %s is invalid_api_key', async (_what, token) => {
    const sent = token.replace('KEY', key).replace('ADMIN', stage.test.adminToken)
    await refusedHere(ask([`authorization: Bearer ${sent}`]), { status: 401, code: 'invalid_api_key' })
  })

  it('d47: a revoked key is invalid_api_key', async () => {
    await refusedHere(ask([`authorization: Bearer ${revoked}`]), { status: 401, code: 'invalid_api_key' })
  })

  it('d47: a key of 1 MB does not get past the limit of heads', async () => {
    await refusedHere(ask([`authorization: Bearer hg-${'x'.repeat(1024 * 1024)}`]), { status: 431, code: 'headers_too_large' })
  })

  it('d48: a key in the query string is not read', async () => {
    for (const name of ['key', 'api_key', 'api-key', 'access_token', 'token'])
      await refusedHere(ask([], { path: `/v1/chat/completions?${name}=${key}` }), { status: 401, code: 'missing_api_key' })
  })

  it('a key is checked before the body is parsed', async () => {
    await refusedHere(ask([], { body: '{"a":' }), { status: 401, code: 'missing_api_key' })
  })

  it('the right key is answered', async () => {
    expect((await ask([`authorization: Bearer ${key}`])).status).toBe(200)
  })
})

describe('with require_key off', () => {
  it('d47: an unknown and a revoked key of ours are invalid_api_key all the same', async () => {
    for (const token of ['hg-0123456789abcdef0123456789abcdef', revoked])
      await refusedHere(ask([`authorization: Bearer ${token}`]), { status: 401, code: 'invalid_api_key' })
  })

  it.each([
    ['x-api-key: a', 'authorization: Bearer b'],
    ['x-api-key: a', 'api-key: b'],
    ['x-goog-api-key: a', 'api-key: b'],
    ['x-goog-api-key: a', 'authorization: Bearer b'],
  ])('d49: %s and %s disagree and are refused', async (...headers) => {
    await refusedHere(ask(headers), { status: 400, code: 'conflicting_credentials' })
  })

  it('d49: the same credential in two headers is one credential', async () => {
    expect((await ask([`authorization: Bearer ${key}`, `x-api-key: ${key}`])).status).toBe(200)
  })

  it('d51: a key for inference does not open the admin API', async () => {
    const reply = await askRaw(
      stage.port,
      requestBytes({ port: stage.port, method: 'GET', path: '/admin/split', headers: [`authorization: Bearer ${key}`] }),
    )
    expectRefusal(reply, { status: 403, code: 'insufficient_scope' })
  })
})

describe('d56: all deployments of a model failed', () => {
  it.each([
    ['failing', 502, 'upstream_error', 'upstream_error'],
    ['hanging', 504, 'upstream_timeout', 'upstream_timeout'],
    ['unreachable', 503, 'no_eligible_deployment', 'upstream_refused'],
  ])('%s is %i and lists the attempts', async (model, status, code, attemptCode) => {
    const reply = await ask([], { body: chat(model, { stream: model === 'hanging' }) })
    expectRefusal(reply, { status, code })
    const { attempts } = reply.json().headgate
    expect(attempts.length).toBeGreaterThan(0)
    for (const attempt of attempts)
      expect(attempt).toEqual({
        deployment: expect.stringContaining(`${model}/`),
        lane: 'remote',
        status: status === 502 ? 500 : null,
        ms: expect.any(Number),
        kind: expect.any(String),
        code: attemptCode,
      })
    expect(reply.headers['x-should-retry']).toBe(status === 503 ? undefined : 'false')
  })
})

it('d47, d48: no key that was sent stands in the log', async () => {
  const before = await ask([`authorization: Bearer ${revoked}`], { path: `/v1/chat/completions?key=${key}` })
  const read = () => readFileSync(join(stage.test.data, 'logs', 'headgate.log'), 'utf8')
  await expect.poll(read).toContain(before.headers['x-headgate-request-id'])
  const text = read()
  for (const secret of [key, revoked, 'hg-0123456789abcdef', "' OR 1=1", stage.test.adminToken]) expect(text).not.toContain(secret)
})
