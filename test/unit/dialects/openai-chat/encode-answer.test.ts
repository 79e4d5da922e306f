/** Answers of ours, read back by the official SDK: text, reasoning, tool calls, finish reason and usage arrive as they were. */
import fc from 'fast-check'
import OpenAI, { APIError, AuthenticationError, BadRequestError, InternalServerError, NotFoundError, RateLimitError } from 'openai'
import { describe, expect, it } from 'vitest'
import type { AnswerPart, Usage } from '../../../../router/core/conversation.ts'
import { type ErrorKind, HeadgateError } from '../../../../router/core/errors.ts'
import { openaiChat } from '../../../../router/dialects/index.ts'

const usage: Usage = { uncachedInput: 105, cacheRead: 32, cacheWrite: null, outputText: 40, outputReasoning: 2, source: 'reported' }
const context = (includeUsage: boolean) => ({ requestId: 'req_1', model: 'm', createdS: 1_700_000_000, includeUsage })

function streamOf(parts: readonly AnswerPart[], includeUsage = true): Buffer {
  const encoder = openaiChat.encoder(context(includeUsage))
  return Buffer.concat([encoder.open(), ...parts.map((part) => encoder.stream(part))])
}

/** The SDK, answered by these bytes. */
function clientOf(bytes: Uint8Array, status = 200, type = 'text/event-stream'): OpenAI {
  const fetch = async () => new Response(new Uint8Array(bytes), { status, headers: { 'content-type': type } })
  return new OpenAI({ apiKey: 'x', baseURL: 'http://headgate.test/v1', fetch, maxRetries: 0 })
}
const ask = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }] }

const calls: readonly AnswerPart[] = [
  { type: 'reasoning', text: 'Hm' },
  { type: 'text', text: 'Grüße "世界"\n' },
  { type: 'tool-call', index: 0, id: 'call_a', name: 'weather' },
  { type: 'tool-arguments', index: 0, text: '{"city": ' },
  { type: 'tool-arguments', index: 0, text: '"Köln"}' },
  { type: 'tool-call', index: 1, id: 'call_b', name: 'time' },
  { type: 'finish', reason: 'tool-calls', usage },
]

describe('the SDK reads', () => {
  it('a stream with text, tool calls and usage', async () => {
    const reply = await clientOf(streamOf(calls)).chat.completions.stream(ask).finalChatCompletion()
    expect(reply).toMatchObject({
      id: 'chatcmpl-req_1',
      model: 'm',
      created: 1_700_000_000,
      usage: { prompt_tokens: 137, completion_tokens: 42, total_tokens: 179 },
    })
    expect(reply.usage?.prompt_tokens_details?.cached_tokens).toBe(32)
    const [choice] = reply.choices
    expect(choice?.finish_reason).toBe('tool_calls')
    expect(choice?.message.content).toBe('Grüße "世界"\n')
    expect(choice?.message.tool_calls?.map((call) => ('function' in call ? [call.id, call.function.name, call.function.arguments] : []))).toEqual([
      ['call_a', 'weather', '{"city": "Köln"}'],
      ['call_b', 'time', '{}'],
    ])
  })

  it('the same answer whole', async () => {
    const bytes = openaiChat.encoder(context(false)).whole(calls)
    const reply = await clientOf(bytes, 200, 'application/json').chat.completions.create(ask)
    expect(reply.choices[0]).toMatchObject({
      index: 0,
      finish_reason: 'tool_calls',
      message: { role: 'assistant', content: 'Grüße "世界"\n', reasoning_content: 'Hm' },
    })
    expect(reply.choices[0]?.message.tool_calls?.[1]).toEqual({ id: 'call_b', type: 'function', function: { name: 'time', arguments: '{}' } })
    expect(reply.usage).toMatchObject({ prompt_tokens: 137, completion_tokens: 42, completion_tokens_details: { reasoning_tokens: 2 } })
  })

  const classes: readonly (readonly [ErrorKind, new (...all: never[]) => Error])[] = [
    ['invalid-request', BadRequestError],
    ['unauthenticated', AuthenticationError],
    ['model-not-found', NotFoundError],
    ['rate-limited-upstream', RateLimitError],
    ['bad-credentials', InternalServerError],
    ['paused', InternalServerError],
    ['stalled', InternalServerError],
  ]
  it.each(classes)('%s as the right class of error', async (kind, expected) => {
    const bytes = openaiChat.encodeError(new HeadgateError(kind, 'Because.', { param: 'model' }), { requestId: 'r', attempts: [] })
    const failure: unknown = await clientOf(bytes, new HeadgateError(kind, '').status, 'application/json')
      .chat.completions.create(ask)
      .catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(expected)
    expect(failure).toMatchObject({ param: 'model', code: new HeadgateError(kind, '').code, message: expect.stringContaining('Because.') })
  })

  it('an error inside a stream as an error, after what came before it', async () => {
    const error = openaiChat.encodeStreamError(new HeadgateError('broken-stream', 'Cut.'), { requestId: 'r', attempts: [] })
    const stream = await clientOf(Buffer.concat([streamOf(calls.slice(0, 2)), openaiChat.keepAlive, error])).chat.completions.create({
      ...ask,
      stream: true,
    })
    let text = ''
    const failure = await (async () => {
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
    })().catch((caught: unknown) => caught)
    expect(text).toBe('Grüße "世界"\n')
    expect(failure).toBeInstanceOf(APIError)
    expect(failure).toMatchObject({ code: 'upstream_stream_cut' })
  })
})

describe('a stream', () => {
  const events = (bytes: Buffer) =>
    bytes
      .toString()
      .split('\n\n')
      .slice(0, -1)
      .map((event) => event.slice(6))
  const values = (bytes: Buffer) =>
    events(bytes)
      .slice(0, -1)
      .map((event) => JSON.parse(event) as { choices: { delta: Record<string, unknown>; finish_reason: unknown }[]; usage?: unknown })

  it('names the role first, then id, type and name of a call once, the finish once, and usage only when asked', () => {
    const asked = values(streamOf(calls))
    expect(asked[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' })
    const text = streamOf(calls).toString()
    for (const once of ['"call_a"', '"weather"', '"call_b"', '"role"', '"finish_reason":"tool_calls"', '"usage"', '"choices":[]'])
      expect(text.split(once)).toHaveLength(2)
    expect(asked.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 137 } })
    expect(asked.every((chunk) => 'id' in chunk && 'object' in chunk && 'created' in chunk && 'model' in chunk)).toBe(true)
    expect(values(streamOf(calls, false)).some((chunk) => 'usage' in chunk)).toBe(false)
    expect(events(streamOf(calls)).at(-1)).toBe('[DONE]')
  })

  it('has no event for an empty part', () => {
    const encoder = openaiChat.encoder(context(false))
    const empty: AnswerPart[] = [
      { type: 'text', text: '' },
      { type: 'reasoning', text: '' },
      { type: 'tool-arguments', index: 0, text: '' },
    ]
    expect(empty.map((part) => encoder.stream(part).length)).toEqual([0, 0, 0])
  })
})

it('any answer comes back from its stream as from its whole form', async () => {
  const words = fc.string({ unit: 'grapheme', minLength: 1 })
  const answer = fc.record({
    texts: fc.array(words, { maxLength: 4 }),
    calls: fc.array(fc.record({ name: fc.stringMatching(/^[a-z_]{1,12}$/), pieces: fc.array(words, { maxLength: 3 }) }), { maxLength: 3 }),
    reason: fc.constantFrom('stop' as const, 'length' as const, 'tool-calls' as const, 'content-filter' as const),
    counts: fc.tuple(fc.nat(9999), fc.option(fc.nat(999)), fc.nat(9999), fc.option(fc.nat(99))),
  })
  await fc.assert(
    fc.asyncProperty(answer, async ({ texts, calls: made, reason, counts: [uncachedInput, cacheRead, outputText, outputReasoning] }) => {
      fc.pre(texts.length + made.length > 0)
      const parts: AnswerPart[] = [
        ...texts.map((text) => ({ type: 'text' as const, text })),
        ...made.flatMap(({ name, pieces }, index) => [
          { type: 'tool-call' as const, index, id: `call_${index}`, name },
          ...pieces.map((text) => ({ type: 'tool-arguments' as const, index, text })),
        ]),
        { type: 'finish', reason, usage: { uncachedInput, cacheRead, cacheWrite: null, outputText, outputReasoning, source: 'reported' } },
      ]
      const stream = await clientOf(streamOf(parts)).chat.completions.create({ ...ask, stream: true })
      const whole = await clientOf(openaiChat.encoder(context(true)).whole(parts), 200, 'application/json').chat.completions.create(ask)
      let text = ''
      let finish: string | null = null
      let reported: unknown = null
      const gathered = new Map<number, { id: string; name: string; words: string }>()
      for await (const chunk of stream) {
        reported = chunk.usage ?? reported
        finish = chunk.choices[0]?.finish_reason ?? finish
        text += chunk.choices[0]?.delta.content ?? ''
        for (const call of chunk.choices[0]?.delta.tool_calls ?? []) {
          const known = gathered.get(call.index) ?? { id: call.id ?? '', name: call.function?.name ?? '', words: '' }
          gathered.set(call.index, { ...known, words: known.words + (call.function?.arguments ?? '') })
        }
      }
      const message = whole.choices[0]?.message
      expect([text, finish, reported]).toEqual([message?.content ?? '', whole.choices[0]?.finish_reason, whole.usage])
      expect(text).toBe(texts.join(''))
      expect(
        [...gathered.values()].map(({ id, name, words: written }) => ({ id, type: 'function', function: { name, arguments: written } })),
      ).toEqual(message?.tool_calls ?? [])
      expect([...gathered.values()].map(({ words: written }) => written)).toEqual(made.map(({ pieces }) => pieces.join('') || '{}'))
    }),
    { numRuns: 150 },
  )
})
