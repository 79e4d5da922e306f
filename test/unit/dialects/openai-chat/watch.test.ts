/** Watching a pass-through stream: what counts as output, what is dropped, when it is whole, and what it used. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HeadgateError } from '../../../../router/core/errors.ts'
import { type WatchOptions, watchStream } from '../../../../router/dialects/openai-chat/watch-stream.ts'
import { streamOfWhole, watchWhole } from '../../../../router/dialects/openai-chat/watch-whole.ts'
import { SseSplitter } from '../../../../router/dialects/sse-splitter.ts'
import { refusalOf } from './refusal.ts'

const fixture = (name: string) => readFileSync(new URL(`../../../fixtures/openai-chat/${name}`, import.meta.url))
const event = (value: unknown) => Buffer.from(`data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`)
const chunk = (delta: unknown, finish: string | null = null, more: object = {}) =>
  event({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }], ...more })
const usageChunk = (usage: object) => event({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [], usage })

function follow(bytes: Uint8Array, includeUsage = true, options: WatchOptions = {}) {
  const watch = watchStream(includeUsage, options)
  const splitter = new SseSplitter()
  const events = [...splitter.push(bytes)]
  const rest = splitter.rest()
  if (rest.length > 0) events.push(rest)
  return { seen: events.map((one) => watch.event(one)), watch }
}

describe('streams in the forms that providers send', () => {
  it('follows a stream of text with usage', () => {
    const { seen, watch } = follow(fixture('openai-text.sse'))
    expect(seen.map(({ output }) => output)).toEqual([false, true, true, false, false, false])
    expect(seen.every(({ drop }) => !drop)).toBe(true)
    expect(watch.end()).toEqual({
      usage: { uncachedInput: 105, cacheRead: 32, cacheWrite: null, outputText: 32, outputReasoning: 10, source: 'reported' },
      finish: 'stop',
    })
    expect(watch.soFar().outputCharacters).toBe('Grüße 世界\n'.length)
  })

  it('drops exactly the usage chunk when the caller did not ask', () => {
    const { seen, watch } = follow(fixture('openai-text.sse'), false)
    expect(seen.map(({ drop }) => drop)).toEqual([false, false, false, false, true, false])
    expect(watch.end().usage?.uncachedInput).toBe(105)
  })

  it('follows tool calls', () => {
    const { seen, watch } = follow(fixture('openai-tools.sse'))
    expect(seen.map(({ output }) => output)).toEqual([true, true, true, true, false, false])
    expect(watch.end()).toEqual({ usage: null, finish: 'tool-calls' })
  })

  it('does not take comments for output', () => {
    const { seen, watch } = follow(fixture('openrouter-comments.sse'), false)
    expect(seen.map(({ output }) => output)).toEqual([false, false, true, true, false, false])
    expect(seen.some(({ drop }) => drop)).toBe(false)
    expect(watch.end().usage).toMatchObject({ uncachedInput: 5, outputText: 9, cacheRead: null, outputReasoning: null })
  })

  it('takes every legal form: no space, several data lines, other fields, unknown events, no end', () => {
    const { seen, watch } = follow(fixture('odd-forms.sse'))
    expect(seen.map(({ output, drop }) => [output, drop])).toEqual([
      [false, false],
      [true, false],
      [false, false],
      [true, false],
    ])
    expect(watch.end().finish).toBe('stop')
  })
})

it.each(['openai-text.sse', 'openai-tools.sse', 'openrouter-comments.sse', 'odd-forms.sse'])(
  '%s means the same cut at every byte, with every line ending',
  (name) => {
    const facts = (chunks: readonly Uint8Array[]) => {
      const watch = watchStream(false)
      const splitter = new SseSplitter()
      const events = [...chunks.flatMap((part) => splitter.push(part)), splitter.rest()].filter((one) => Buffer.from(one).toString().trim() !== '')
      return { seen: events.map((one) => watch.event(one)), end: watch.end(), soFar: watch.soFar() }
    }
    const text = fixture(name).toString()
    const expected = facts([Buffer.from(text)])
    for (const ending of ['\n', '\r\n', '\r']) {
      const bytes = Buffer.from(`\uFEFF${text.replaceAll('\n', ending)}`)
      for (let at = 0; at <= bytes.length; at++) expect(facts([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(expected)
      expect(facts([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(expected)
    }
  },
)

describe('output', () => {
  const outputs: readonly (readonly [string, object, boolean])[] = [
    ['text', { content: 'a' }, true],
    ['empty text', { content: '' }, false],
    ['null text', { content: null }, false],
    ['a role alone', { role: 'assistant' }, false],
    ['reasoning', { reasoning_content: 'a' }, true],
    ['reasoning in the other word', { reasoning: 'a', content: '' }, true],
    ['a refusal', { refusal: 'no' }, true],
    ['a tool name', { tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '' } }] }, true],
    ['arguments', { tool_calls: [{ index: 0, function: { arguments: '{' } }] }, true],
    ['an empty tool delta', { tool_calls: [{ index: 0, function: { arguments: '' } }] }, false],
    ['tool_calls of null', { tool_calls: null }, false],
    ['a legacy function call', { function_call: { name: 'f' } }, true],
    ['audio', { audio: { data: 'x' } }, true],
    ['text in parts', { content: [{ type: 'text', text: 'a' }] }, true],
    ['nothing', {}, false],
  ]
  it.each(outputs)('%s', (_what, delta, output) => {
    expect(watchStream(false).event(chunk(delta))).toMatchObject({ output, drop: false })
  })

  it('of reasoning and tool calls is slow, by the first event and by the short way for the next; that of words is not', () => {
    const watch = watchStream(false)
    const call = { tool_calls: [{ index: 0, function: { arguments: '{' } }] }
    const deltas = [{ reasoning_content: 'a' }, { reasoning_content: 'b' }, { content: 'c' }, { content: 'd' }, call, call, { content: 'e' }]
    expect(deltas.map((delta) => watch.event(chunk(delta)).isSlow === true)).toEqual([true, true, false, false, true, true, false])
  })

  it('passes a leading chunk with empty choices and a ping, and drops empty data', () => {
    const watch = watchStream(false)
    expect(watch.event(event({ id: '', choices: [], prompt_filter_results: [] }))).toEqual({ output: false, drop: false })
    expect(watch.event(event({ type: 'ping' }))).toEqual({ output: false, drop: false })
    expect(watch.event(Buffer.from('data:\n\n'))).toEqual({ output: false, drop: true })
    expect(watch.event(Buffer.from('data\n\n'))).toEqual({ output: false, drop: true })
    expect(watch.event(Buffer.from('database: 1\n\n'))).toEqual({ output: false, drop: false })
  })
})

describe('the end', () => {
  it('is whole with a finish reason, with or without [DONE]', () => {
    const watch = watchStream(false)
    watch.event(chunk({ content: 'a' }))
    watch.event(chunk({}, 'length'))
    expect(watch.end().finish).toBe('length')
  })

  it('is broken with [DONE] alone, after a cut, and without any event', () => {
    const watch = watchStream(false)
    watch.event(chunk({ content: 'a' }))
    watch.event(event('[DONE]'))
    expect(refusalOf(() => watch.end()).code).toBe('upstream_stream_cut')
    expect(refusalOf(() => watchStream(false).end()).kind).toBe('broken-stream')
  })

  it('takes [DONE] for the end where the provider is known to send no reason', () => {
    const watch = watchStream(false, { omitsFinishReason: true })
    watch.event(chunk({ content: 'a' }))
    expect(refusalOf(() => watch.end()).kind).toBe('broken-stream')
    watch.event(event('[DONE]'))
    expect(watch.end()).toEqual({ usage: null, finish: null })
  })

  it('needs a reason for each of several answers', () => {
    const watch = watchStream(false)
    const two = (index: number, finish: string | null) => event({ choices: [{ index, delta: { content: 'a' }, finish_reason: finish }] })
    for (const one of [two(0, null), two(1, null), two(0, 'stop')]) watch.event(one)
    expect(refusalOf(() => watch.end()).kind).toBe('broken-stream')
    watch.event(two(1, 'stop'))
    expect(watch.end().finish).toBe('stop')
  })

  it('passes an empty answer of a content filter', () => {
    const watch = watchStream(false)
    watch.event(chunk({ content: '' }, 'content_filter'))
    expect(watch.end().finish).toBe('content-filter')
  })
})

describe('usage', () => {
  it('takes the last value of each field, and keeps a cache figure against a 0 before the end', () => {
    const watch = watchStream(false)
    watch.event(chunk({ content: 'a' }, null, { usage: { prompt_tokens: 10, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 8 } } }))
    watch.event(chunk({ content: 'b' }, null, { usage: { prompt_tokens: 10, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 0 } } }))
    expect(watch.soFar().usage).toMatchObject({ uncachedInput: 2, cacheRead: 8, outputText: 2 })
    watch.event(chunk({}, 'stop'))
    watch.event(usageChunk({ prompt_tokens: 10, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 0 } }))
    expect(watch.end().usage).toMatchObject({ uncachedInput: 10, cacheRead: 0, outputText: 5, outputReasoning: null })
  })

  it('is never negative and unknown where nothing is said', () => {
    const watch = watchStream(false)
    watch.event(chunk({}, 'stop', { usage: { prompt_tokens: 3, prompt_tokens_details: { cached_tokens: 9 } } }))
    expect(watch.end().usage).toEqual({
      uncachedInput: 0,
      cacheRead: 9,
      cacheWrite: null,
      outputText: null,
      outputReasoning: null,
      source: 'reported',
    })
  })
})

describe('counts that are none', () => {
  it.each([12.5, 1e300, -1, '7', null, 2 ** 53])('%j tokens are unknown, in a stream and in a whole reply', (tokens) => {
    const usage = { prompt_tokens: tokens, completion_tokens: 3, completion_tokens_details: { reasoning_tokens: tokens } }
    const expected = { uncachedInput: null, outputText: 3, outputReasoning: null }
    const watch = watchStream(false)
    watch.event(chunk({ content: 'a' }, 'stop'))
    watch.event(usageChunk(usage))
    expect(watch.end().usage).toMatchObject(expected)
    const reply = { choices: [{ message: { content: 'a' }, finish_reason: 'stop' }], usage }
    expect(watchWhole(Buffer.from(JSON.stringify(reply))).usage).toMatchObject(expected)
  })
})

describe('failures inside a stream', () => {
  it.each([
    ['an error object', { error: { message: 'boom', type: 'server_error' } }, 'failed-upstream'],
    ['a status in the code', { error: { code: 429, message: 'Rate limit' } }, 'rate-limited-upstream'],
    ['a text', { error: 'something broke' }, 'failed-upstream'],
    [
      'an overflow reported inside the stream',
      { error: { object: 'error', message: "The input is longer than the model's context length", type: 'BadRequestError', code: 400 } },
      'context-too-long',
    ],
    ['the bare form', { object: 'error', message: 'no', type: 'BadRequestError', code: 400 }, 'invalid-request'],
    [
      'an error beside choices',
      { error: { code: 502, message: 'Provider disconnected' }, choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }] },
      'failed-upstream',
    ],
    ['quota', { error: { message: 'You exceeded your current quota', code: 'insufficient_quota' } }, 'quota-exhausted'],
    ['a wrong key', { error: { message: 'bad', type: 'authentication_error' } }, 'bad-credentials'],
  ])('%s becomes its kind, before and after output', (_what, value, kind) => {
    expect(refusalOf(() => watchStream(false).event(event(value))).kind).toBe(kind)
    const watch = watchStream(false)
    watch.event(chunk({ content: 'a' }))
    expect(refusalOf(() => watch.event(event(value))).kind).toBe(kind)
  })

  it('skips the first event that is no JSON and breaks at the second', () => {
    const watch = watchStream(false)
    watch.event(chunk({ content: 'a' }))
    expect(watch.event(event('{"choices":['))).toEqual({ output: false, drop: true })
    watch.event(chunk({ content: 'b' }))
    expect(refusalOf(() => watch.event(event('<html>'))).kind).toBe('broken-stream')
  })
})

describe('the short way for repeated deltas', () => {
  it('sees exactly what the parser would have seen, whatever the text and whatever changes around it', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('', '\n', '"', '\\', '",', '"}', 'data: ', '\u2028', '"finish_reason":"stop"', '😀'),
    )
    const key = fc.constantFrom('content', 'reasoning_content', 'refusal', 'arguments')
    const kind = fc.constantFrom('same', 'same', 'same', 'finish', 'usage', 'index', 'filling', 'raw')
    fc.assert(
      fc.property(fc.array(fc.tuple(key, text, kind), { maxLength: 12 }), (steps) => {
        const shared = watchStream(false)
        let characters = 0
        for (const [name, words, how] of steps) {
          const delta = name === 'arguments' ? { tool_calls: [{ index: 0, function: { arguments: words } }] } : { [name]: words }
          const value = {
            choices: [{ index: how === 'index' ? 1 : 0, delta, finish_reason: how === 'finish' ? 'stop' : null }],
            ...(how === 'usage' ? { usage: { prompt_tokens: 1 } } : {}),
            ...(how === 'filling' ? { obfuscation: words } : {}),
          }
          const bytes = how === 'raw' ? Buffer.from(`data: ${JSON.stringify(value).replaceAll('\\"', '"')}\n\n`) : event(value)
          const alone = watchStream(false)
          const expected = alone.event(bytes)
          let seen: unknown
          try {
            seen = shared.event(bytes)
          } catch {
            return // a second event that is no JSON
          }
          expect(seen).toEqual(expected)
          characters += alone.soFar().outputCharacters
        }
        if (steps.every(([, words]) => /^[\u0000-\ud7ff]*$/.test(words))) expect(shared.soFar().outputCharacters).toBe(characters)
      }),
      { numRuns: 2_000 },
    )
  })

  it('does not mistake a finish, an error or broken JSON in the same surroundings', () => {
    const watch = watchStream(false)
    const plain = '{"choices":[{"index":0,"delta":{"content":"TEXT"},"finish_reason":null}]}'
    const send = (text: string) => watch.event(event(plain.replace('TEXT', text)))
    expect(send('a').output).toBe(true)
    expect(send('b').output).toBe(true)
    expect(send('c"},"finish_reason":"stop"}],"x":[{"y":{"content":"d').output).toBe(true)
    expect(watch.end().finish).toBe('stop')
    expect(send('').output).toBe(false)
    expect(send('\\u00').drop).toBe(true)
    expect(refusalOf(() => send('a"b')).kind).toBe('broken-stream')
  })
})

it('never fails in another way than as a HeadgateError, whatever the bytes are', () => {
  const names = ['openai-text.sse', 'openai-tools.sse', 'openrouter-comments.sse', 'odd-forms.sse', 'openai-whole.json']
  const change = fc.tuple(fc.nat(), fc.oneof(fc.constantFrom(...Buffer.from('{}[]",:\n\r\\0nt')), fc.nat(255)), fc.nat(2))
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.array(change, { minLength: 1, maxLength: 6 }), (name, changes) => {
      const bytes = [...fixture(name)]
      for (const [at, byte, how] of changes) bytes.splice(at % bytes.length, how === 0 ? 0 : 1, ...(how === 1 ? [] : [byte]))
      const mutated = Uint8Array.from(bytes)
      for (const run of [() => follow(mutated).watch.end(), () => watchWhole(mutated), () => streamOfWhole(mutated)])
        try {
          run()
        } catch (error) {
          expect(error).toBeInstanceOf(HeadgateError)
        }
    }),
    { numRuns: 1_500 },
  )
})

describe('whole replies', () => {
  it('reads usage and finish reason', () => {
    expect(watchWhole(fixture('openai-whole.json'))).toMatchObject({ finish: 'stop', usage: { uncachedInput: 105, cacheRead: 32, outputText: 42 } })
    expect(watchWhole(fixture('tools-whole.json'))).toEqual({ finish: 'tool-calls', usage: null })
  })

  it.each([
    ['no JSON', '<html>', 'garbled-reply'],
    ['half a reply', '{"choices":[{"message":', 'garbled-reply'],
    ['no choices', '{"choices":[]}', 'garbled-reply'],
    ['no message', '{"choices":[{"finish_reason":"stop"}]}', 'garbled-reply'],
    ['nothing and no reason', '{"choices":[{"message":{"role":"assistant","content":""},"finish_reason":null}]}', 'garbled-reply'],
    ['an error under 200', '{"error":{"message":"Overloaded","code":503}}', 'failed-upstream'],
    ['an error text under 200', '{"error":"model not loaded"}', 'failed-upstream'],
  ])('refuses %s', (_what, text, kind) => {
    expect(refusalOf(() => watchWhole(Buffer.from(text))).kind).toBe(kind)
  })

  it('passes an empty answer that says why', () => {
    expect(watchWhole(Buffer.from('{"choices":[{"message":{"content":null},"finish_reason":"content_filter"}]}')).finish).toBe('content-filter')
  })

  it.each(['openai-whole.json', 'tools-whole.json'])('%s becomes a stream that says the same', (name) => {
    const whole = fixture(name)
    const stream = streamOfWhole(whole)
    const { seen, watch } = follow(stream)
    expect(seen.map(({ output }) => output)).toEqual([true, false, false])
    expect(watch.end()).toEqual(watchWhole(whole))
    const first = JSON.parse(Buffer.from(stream).toString().split('\n')[0]?.slice(6) ?? '') as {
      choices: { delta: { tool_calls?: { index: number }[] } }[]
    }
    expect(first.choices[0]?.delta.tool_calls?.map(({ index }) => index)).toEqual(name.startsWith('tools') ? [0, 1] : undefined)
  })
})
