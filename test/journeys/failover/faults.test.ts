import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FakeUpstream, startFakeUpstream } from '../../fakes/fake-upstream.ts'
import { callRaw, rawPost } from '../../fakes/raw-caller.ts'
import { startRouter, type TestRouter } from '../with-router.ts'

/** How often the first deployment is called, and what its attempts are named. */
interface Row {
  readonly calls: number
  readonly kind: string
  readonly code: string
}
const row = (calls: number, kind: string, code: string): Row => ({ calls, kind, code })
const repeated = row(2, 'failed-upstream', 'upstream_error')
const slow = row(1, 'too-slow-to-start', 'upstream_timeout')
const notAnAnswer = row(1, 'garbled-reply', 'upstream_bad_json')

/** Fault → what a whole request sees and what a stream sees, where the next deployment answers both unseen. */
const unseen: readonly (readonly [string, Row, Row])[] = [
  ['500', repeated, repeated],
  ['502', repeated, repeated],
  ['503', repeated, repeated],
  ['504', repeated, repeated],
  ['529', repeated, repeated],
  ['408', row(1, 'failed-upstream', 'upstream_error'), row(1, 'failed-upstream', 'upstream_error')],
  ['reset', row(1, 'failed-upstream', 'upstream_reset'), row(1, 'failed-upstream', 'upstream_reset')],
  ['hang', slow, slow],
  ['headers-only', slow, slow],
  ['ping-forever', slow, slow],
  ['cut-0', row(1, 'broken-stream', 'upstream_stream_cut'), row(1, 'broken-stream', 'upstream_stream_cut')],
  ['error-event', notAnAnswer, repeated],
  ['error-200', repeated, repeated],
  ['html', row(1, 'garbled-reply', 'upstream_bad_content_type'), row(1, 'garbled-reply', 'upstream_bad_content_type')],
  ['gzip', row(1, 'garbled-reply', 'upstream_bad_encoding'), row(1, 'garbled-reply', 'upstream_bad_encoding')],
  ['redirect', row(1, 'failed-upstream', 'upstream_redirect'), row(1, 'failed-upstream', 'upstream_redirect')],
  ['garbled', notAnAnswer, notAnAnswer],
  ['empty', notAnAnswer, notAnAnswer],
  ['huge-event', notAnAnswer, row(1, 'broken-stream', 'upstream_event_too_large')],
  ['quota', row(1, 'quota-exhausted', 'upstream_quota_exhausted'), row(1, 'quota-exhausted', 'upstream_quota_exhausted')],
  ['401', row(1, 'bad-credentials', 'upstream_auth_failed'), row(1, 'bad-credentials', 'upstream_auth_failed')],
  ['403', row(1, 'bad-credentials', 'upstream_auth_failed'), row(1, 'bad-credentials', 'upstream_auth_failed')],
  ['410', row(1, 'model-unknown-upstream', 'upstream_model_not_found'), row(1, 'model-unknown-upstream', 'upstream_model_not_found')],
  ['not-found', row(1, 'model-unknown-upstream', 'upstream_model_not_found'), row(1, 'model-unknown-upstream', 'upstream_model_not_found')],
  ['429', row(1, 'rate-limited-upstream', 'upstream_rate_limited'), row(1, 'rate-limited-upstream', 'upstream_rate_limited')],
  ['loading', row(1, 'rate-limited-upstream', 'upstream_loading'), row(1, 'rate-limited-upstream', 'upstream_loading')],
]
const wholeOnly: readonly (readonly [string, Row])[] = [
  ['cut', row(1, 'broken-stream', 'upstream_stream_cut')],
  ['clean-cut', notAnAnswer],
  ['stall', slow],
]
/** After output: the caller sees a cut stream. */
const afterOutput: readonly (readonly [string, number, string, string])[] = [
  ['cut', 502, 'broken-stream', 'upstream_stream_cut'],
  ['clean-cut', 502, 'broken-stream', 'upstream_stream_cut'],
  ['stall', 504, 'stalled', 'upstream_stalled'],
  ['late-error-event', 502, 'failed-upstream', 'upstream_error'],
]
const faults = [...new Set([...unseen, ...wholeOnly, ...afterOutput].map(([fault]) => fault))]

let broken: FakeUpstream
let good: FakeUpstream
let router: TestRouter
beforeAll(async () => {
  ;[broken, good] = await Promise.all([startFakeUpstream(), startFakeUpstream()])
  broken.headers = { connection: 'close' } // a reset on a reused socket is another story
  // Places of their own for every fault and kind of request: what one does to health is not seen by the others.
  const cases = faults.flatMap((fault) => [`w-${fault}`, `s-${fault}`])
  router = await startRouter({
    files: {
      'models.yaml': `providers:
${cases.map((name) => `  - {name: bad-${name}, base_url: "${broken.url}", api_key: k}\n  - {name: good-${name}, base_url: "${good.url}", api_key: k}`).join('\n')}
models:
${cases
  .map(
    (name) => `  - name: ${name}
    deployments:
      - {provider: bad-${name}, model: fb-${name.slice(2)}, timeout: 0.5, priority: 0}
      - {provider: good-${name}, model: fb-ok, priority: 1}`,
  )
  .join('\n')}
`,
    },
    limits: { backoffBaseMs: 10, backoffCapMs: 20, gapMs: 5, progressLocalMs: 800, transportMs: 800, totalWholeMs: 2_000 },
  })
})
afterAll(async () => {
  await router.stop()
  await Promise.all([broken.close(), good.close()])
})

const callsOf = (fault: string, stream: boolean) =>
  broken.requests.filter(({ bytes }) => {
    const body = JSON.parse(bytes.toString('utf8')) as { model: string; stream?: boolean }
    return body.model === `fb-${fault}` && (body.stream === true) === stream
  }).length

async function attemptsOf(reply: Response): Promise<{ kind: string; code: string; outcome: string }[]> {
  const { body } = await router.admin('GET', `/admin/requests/${reply.headers.get('x-headgate-request-id')}`)
  return body.attempts.map(({ kind, code, outcome }: { kind: string; code: string; outcome: string }) => ({ kind, code, outcome }))
}

async function expectUnseen(fault: string, stream: boolean, expected: Row): Promise<void> {
  const model = `${stream ? 's' : 'w'}-${fault}`
  const reply = await router.chat({ model, stream })
  const text = await reply.text()
  expect(reply.status, text).toBe(200)
  if (stream) expect(text).toMatch(/^data: .*"role":"assistant"[\s\S]*"Hello "[\s\S]*\[DONE\]\n\n$/)
  else expect(JSON.parse(text)).toMatchObject({ choices: [{ message: { content: 'Hello from far away.' } }] })
  expect(text).not.toMatch(/One |error|ping/)
  expect(Object.fromEntries(reply.headers)).toMatchObject({
    'x-headgate-deployment': `${model}/good-${model}`,
    'x-headgate-attempts': String(expected.calls + 1),
    'x-headgate-reason': 'failed-over',
  })
  expect(callsOf(fault, stream)).toBe(expected.calls)
  const failed = { kind: expected.kind, code: expected.code, outcome: 'failed' }
  expect(await attemptsOf(reply)).toEqual([...Array(expected.calls).fill(failed), { kind: 'answered', code: 'answered', outcome: 'answered' }])
}

describe.concurrent('a fault before any output is not seen by the caller', () => {
  test.each(unseen)('%s: a whole answer comes from the next deployment', (fault, whole) => expectUnseen(fault, false, whole))
  test.each(unseen)('%s: a stream comes from the next deployment', (fault, _, stream) => expectUnseen(fault, true, stream))
  test.each(wholeOnly)('%s: a whole answer that breaks off comes from the next deployment', (fault, whole) => expectUnseen(fault, false, whole))
})

describe.concurrent('a fault after output', () => {
  test.each(afterOutput)('%s: is told inside the stream, which then looks cut', async (fault, status, kind, code) => {
    const model = `s-${fault}`
    const call = callRaw(router.url, [
      rawPost(router.url, '/v1/chat/completions', JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: 'Hi' }] })),
    ])
    const reply = await call.reply()
    const text = reply.body.toString('utf8')
    expect(reply.status).toBe(200)
    expect(reply.isClosed && !reply.isWhole, 'closed without the end of the chunked body').toBe(true)
    expect(text).not.toContain('[DONE]')
    const events = text.trimEnd().split('\n\n')
    expect(events.slice(0, 3).join()).toMatch(/One .*two .*three /)
    const last = JSON.parse(events.at(-1)!.replace(/^data: /, ''))
    expect(last.error).toMatchObject({ code, type: status === 504 ? 'timeout_error' : 'server_error' })
    expect(last.headgate.attempts).toMatchObject([{ deployment: `${model}/bad-${model}`, kind, code }])
    expect(events.length).toBe(4)
    expect(callsOf(fault, true)).toBe(1)
    expect(/x-headgate-attempts: 1/.test(reply.head)).toBe(true)
  })
})

test('a whole reply where a stream was asked becomes a stream', async () => {
  good.faults = ['nostream']
  const reply = await router.chat({ model: 's-500@good-s-500', stream: true })
  expect(reply.headers.get('content-type')).toContain('text/event-stream')
  expect(await reply.text()).toMatch(
    /^data: .*"delta":\{"role":"assistant","content":"Hello from far away\."\}.*\n\ndata: .*"finish_reason":"stop".*\n\ndata: \[DONE\]\n\n$/,
  )
})
