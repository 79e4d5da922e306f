/** Errors of this dialect: the exact body, and what an upstream's refusal means. */
import { describe, expect, it } from 'vitest'
import { errorKinds, HeadgateError } from '../../../../router/core/errors.ts'
import { classifyError } from '../../../../router/dialects/openai-chat/classify-error.ts'
import { encodeError, encodeStreamError, errorType } from '../../../../router/dialects/openai-chat/errors.ts'

describe('the error body', () => {
  it('has the shape that scripts and SDKs read', () => {
    const error = new HeadgateError('unreachable', 'No.', { code: 'upstream_refused', reason: 'out', howToFix: 'Start it.', retryAfterMs: 1200 })
    const attempt = { deployment: 'ollama-1', lane: 'local', status: null, ms: 12, kind: 'unreachable', code: 'upstream_refused' }
    const context = { requestId: 'req_1', attempts: [attempt] }
    const expected = {
      error: { message: 'No.', type: 'service_unavailable_error', param: null, code: 'upstream_refused' },
      headgate: { request_id: 'req_1', reason: 'out', how_to_fix: 'Start it.', retry_after_ms: 1200, attempts: [attempt] },
    }
    expect(JSON.parse(Buffer.from(encodeError(error, context)).toString())).toEqual(expected)
    const stream = Buffer.from(encodeStreamError(error, context)).toString()
    expect(stream).toMatch(/^data: .*\n\n$/)
    expect(JSON.parse(stream.slice(6))).toEqual(expected)
  })

  it('cuts a long message', () => {
    const bytes = encodeError(new HeadgateError('internal', 'x'.repeat(100_000)), { requestId: 'r', attempts: [] })
    expect(bytes.length).toBeLessThan(1300)
  })

  it.each([
    [400, 'invalid_request_error'],
    [401, 'authentication_error'],
    [403, 'permission_error'],
    [404, 'invalid_request_error'],
    [405, 'invalid_request_error'],
    [408, 'timeout_error'],
    [413, 'invalid_request_error'],
    [415, 'invalid_request_error'],
    [422, 'invalid_request_error'],
    [429, 'rate_limit_error'],
    [431, 'invalid_request_error'],
    [500, 'server_error'],
    [502, 'server_error'],
    [503, 'service_unavailable_error'],
    [504, 'timeout_error'],
  ])('names %i %s', (status, type) => {
    expect(errorType(new HeadgateError('invalid-request', 'x', { status }))).toBe(type)
  })

  it('tells a used-up budget from a rate limit, and an unknown job from an unknown path', () => {
    expect(errorType(new HeadgateError('budget-exceeded', 'x'))).toBe('insufficient_quota')
    expect(errorType(new HeadgateError('not-found', 'x', { code: 'job_not_found' }))).toBe('not_found_error')
    expect(errorType(new HeadgateError('not-found', 'x'))).toBe('invalid_request_error')
    for (const kind of errorKinds.filter((each) => each !== 'budget-exceeded')) expect(errorType(new HeadgateError(kind, 'x'))).toMatch(/_error$/)
  })
})

const said = (message: string, more: object = {}) => JSON.stringify({ error: { message, ...more } })

describe('what an upstream refusal means', () => {
  it.each([
    [401, said('Incorrect API key provided: sk-proj-abcdefgh12345678'), 'bad-credentials'],
    [403, said('Country not supported'), 'bad-credentials'],
    [403, said('Your account has insufficient credits'), 'quota-exhausted'],
    [403, said('Input was flagged as violence by moderation'), 'content-refused'],
    [402, '', 'quota-exhausted'],
    [429, said('You exceeded your current quota, please check your plan and billing details.', { code: 'insufficient_quota' }), 'quota-exhausted'],
    [400, said('Your credit balance is too low'), 'quota-exhausted'],
    [429, said('Rate limit reached for requests'), 'rate-limited-upstream'],
    [429, '<html>Too many</html>', 'rate-limited-upstream'],
    [404, said('The model `x` does not exist or you do not have access to it.', { code: 'model_not_found' }), 'model-unknown-upstream'],
    [404, '{"error":"model \\"x\\" not found, try pulling it first"}', 'model-unknown-upstream'],
    [404, '{"object":"error","message":"The model `x` does not exist.","type":"NotFoundError","code":404}', 'model-unknown-upstream'],
    [404, '404 page not found', 'invalid-request'],
    [410, said('gone'), 'model-unknown-upstream'],
    [400, said('x is not a valid model ID', { code: 400 }), 'model-unknown-upstream'],
    [400, said('Function id: DEGRADED function cannot be invoked'), 'failed-upstream'],
    [400, said('The response was filtered', { code: 'content_filter' }), 'content-refused'],
    [400, said('Unsupported value: temperature', { param: 'temperature', code: 'unsupported_value' }), 'invalid-request'],
    [413, '<html><h1>413 Request Entity Too Large</h1></html>', 'invalid-request'],
    [422, '{"detail":[{"loc":["body","messages",0],"msg":"field required"}]}', 'invalid-request'],
    [408, '', 'failed-upstream'],
    [409, '', 'failed-upstream'],
    [425, '', 'failed-upstream'],
    [500, said('Internal error'), 'failed-upstream'],
    [502, '<html>Bad gateway</html>', 'failed-upstream'],
    [503, said('The server is overloaded'), 'failed-upstream'],
    [504, '', 'failed-upstream'],
    [524, '<!DOCTYPE html><title>timeout</title>', 'failed-upstream'],
    [529, said('Overloaded'), 'failed-upstream'],
    [503, said('Loading model', { type: 'unavailable_error', code: 503 }), 'rate-limited-upstream'],
  ])('%i %s → %s', (status, body, kind) => {
    const error = classifyError(status, body)
    expect(error.kind).toBe(kind)
    expect(error.details.upstreamStatus).toBe(status)
    expect(error.message).not.toMatch(/<|abcdefgh/)
    expect(error.message.length).toBeLessThan(1000)
  })

  const phrases = [
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
    "This endpoint's maximum context length is 32768 tokens",
    'the request exceeds the available context size. try increasing the context size or enable context shift',
    'Input is too long for requested model',
    "The input (9000 tokens) is longer than the model's context length (4096 tokens).",
    'prompt is too long: 210000 tokens > 200000 maximum',
    'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096',
    'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
    'Please reduce the length of the messages or completion.',
    'Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length',
    'Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens',
    'exceed_context_size_error',
  ]
  it.each(phrases)('a prompt that is too long is one, in every form: %s', (phrase) => {
    for (const status of [400, 413, 422, 500])
      for (const body of [said(phrase), JSON.stringify({ error: phrase }), JSON.stringify({ object: 'error', message: phrase }), phrase])
        expect(classifyError(status, body).kind).toBe('context-too-long')
    expect(classifyError(429, said(phrase)).kind).not.toBe('context-too-long')
    expect(classifyError(400, said(phrase)).message).toBe(phrase)
  })

  it('keeps the status, text, code and parameter of a refusal that is about the request', () => {
    const error = classifyError(422, said('Bad.', { param: 'messages[0].role', code: 'invalid_value' }))
    expect([error.status, error.message, error.code, error.details.param]).toEqual([422, 'Bad.', 'invalid_value', 'messages[0].role'])
  })

  it('never passes a page, a control character or a credential on', () => {
    expect(classifyError(502, '\n<!doctype html><body>secret page').message).toBe(
      'The provider answered with a web page instead of an error (status 502).',
    )
    expect(classifyError(400, said('a\r\nb\u0000')).message).toBe('a b')
    for (const key of ['sk-abcdefgh12345', 'hg-abcdefgh12345', 'gsk_abcdefgh12345', 'AIzaSyabcdefgh1', 'Bearer abcdefgh.123'])
      expect(classifyError(400, said(`wrong: ${key}`)).message).not.toContain('abcdefgh')
    expect(classifyError(500, said('organization sk is fine, task-force too')).message).toBe('organization sk is fine, task-force too')
  })

  it('takes the provider behind an aggregator at its word', () => {
    const body = said('Provider returned error', { code: 400, metadata: { raw: "This model's maximum context length is 10 tokens" } })
    expect(classifyError(400, body).kind).toBe('context-too-long')
  })

  it('survives bodies of any shape', () => {
    for (const body of [
      '',
      'null',
      '[]',
      '[null]',
      '[{"error":{"message":"x"}}]',
      '7',
      '"x"',
      '{"error":[]}',
      '{"error":{}}',
      '{"detail":7}',
      'x'.repeat(1_000_000),
    ])
      expect(classifyError(500, body).kind).toBe('failed-upstream')
  })
})
