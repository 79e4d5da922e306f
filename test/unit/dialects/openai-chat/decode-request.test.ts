/** What the engine must understand of a request: every accepted form, and each refusal with code and place. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HeadgateError } from '../../../../router/core/errors.ts'
import { decodeRequest } from '../../../../router/dialects/openai-chat/decode-request.ts'
import { read } from '../../../../router/dialects/openai-chat/read.ts'
import { bodyOf, refusalOf, user } from './refusal.ts'

const decode = (value: object) => decodeRequest(bodyOf({ model: 'm', messages: [user('Hi')], ...value }))
const messages = (...list: unknown[]) => decode({ messages: list }).conversation.messages
const fn = (name: string, parameters?: unknown) => ({ type: 'function', function: { name, ...(parameters === undefined ? {} : { parameters }) } })
const call = (id: string, name = 'f', words: unknown = '{"a": 1}') => ({ id, type: 'function', function: { name, arguments: words } })
const node = { type: 'object', properties: { next: { $ref: '#/$defs/node' } } }

describe('messages', () => {
  it('takes content as string, null, array and nothing, for any role', () => {
    expect(messages({ role: 'developer', content: 'S' }, user(null), { role: 'user' }, user([{ type: 'text', text: 'a' }, 'b']), user(''))).toEqual([
      { role: 'system', content: [{ type: 'text', text: 'S' }] },
      { role: 'user', content: [] },
      { role: 'user', content: [] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      { role: 'user', content: [] },
    ])
  })

  it('keeps tool calls, their arguments as written, reasoning and results', () => {
    const decoded = messages(
      user('Hi'),
      { role: 'assistant', content: 'Text too', reasoning_content: 'Hm', tool_calls: [call('a'), call('b', 'g', '')] },
      { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: '1' }] },
      { role: 'assistant', content: null, tool_calls: null },
    )
    expect(decoded.slice(1)).toEqual([
      {
        role: 'assistant',
        content: [{ type: 'text', text: 'Text too' }],
        reasoning: 'Hm',
        toolCalls: [
          { id: 'a', name: 'f', arguments: '{"a": 1}' },
          { id: 'b', name: 'g', arguments: '{}' },
        ],
      },
      { role: 'tool', content: [{ type: 'text', text: '1' }], toolCallId: 'a' },
      { role: 'assistant', content: [] },
    ])
  })

  it('takes the legacy functions, function_call and function role', () => {
    const { conversation } = decode({
      messages: [
        user('Hi'),
        { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
        { role: 'function', name: 'f', content: '1' },
      ],
      functions: [{ name: 'f', parameters: { type: 'object' } }],
      function_call: { name: 'f' },
    })
    const [, made, answered] = conversation.messages
    expect(made?.toolCalls?.[0]).toMatchObject({ name: 'f', arguments: '{}' })
    expect(answered).toMatchObject({ role: 'tool', name: 'f', toolCallId: made?.toolCalls?.[0]?.id })
    expect([conversation.tools, conversation.toolChoice]).toEqual([[{ name: 'f', parameters: { type: 'object' } }], { name: 'f' }])
  })

  it('keeps images as parts', () => {
    const url = 'data:image/png;base64,AAAA'
    expect(
      messages(
        user([
          { type: 'image_url', image_url: { url } },
          { type: 'image_url', image_url: 'https://example.com/a.png' },
        ]),
      )[0]?.content,
    ).toEqual([
      { type: 'image', url },
      { type: 'image', url: 'https://example.com/a.png' },
    ])
  })
})

describe('refusals', () => {
  const image = (url: string) => ({ messages: [user([{ type: 'image_url', image_url: { url } }])] })
  const rows: readonly (readonly [string, object, string, string])[] = [
    ['d26', { messages: [null] }, 'invalid_value', 'messages[0].role'],
    ['d26', { messages: [user('a'), { content: 'x' }] }, 'invalid_value', 'messages[1].role'],
    ['d26', { messages: [{ role: 'root', content: 'x' }] }, 'invalid_value', 'messages[0].role'],
    ['d26', { messages: [{ role: 'constructor', content: 'x' }] }, 'invalid_value', 'messages[0].role'],
    ['–', { messages: [] }, 'empty', 'messages'],
    ['d27', { messages: [user(7)] }, 'invalid_type', 'messages[0].content'],
    ['d27', { messages: [user({ text: 'x' })] }, 'invalid_type', 'messages[0].content'],
    ['d27', { messages: [user([{ type: 'text', text: 'a' }, { type: 'video' }])] }, 'invalid_type', 'messages[0].content[1]'],
    ['d27', { messages: [user([{ type: 'text', text: 7 }])] }, 'invalid_type', 'messages[0].content[0]'],
    ['d27', { messages: [user([7])] }, 'invalid_type', 'messages[0].content[0]'],
    ['d28', { messages: [{ role: 'tool', content: '1' }] }, 'invalid_value', 'messages[0].tool_call_id'],
    ['d28', { messages: [user('a'), { role: 'tool', tool_call_id: 'x', content: '1' }] }, 'invalid_value', 'messages[1].tool_call_id'],
    ['d28', { messages: [{ role: 'function', name: 'f', content: '1' }] }, 'invalid_value', 'messages[0].name'],
    ['–', { messages: [{ role: 'assistant', tool_calls: {} }] }, 'invalid_type', 'messages[0].tool_calls'],
    ['–', { messages: [{ role: 'assistant', tool_calls: [{ function: { name: 'f' } }] }] }, 'invalid_value', 'messages[0].tool_calls[0].id'],
    ['–', { messages: [{ role: 'assistant', tool_calls: [call('a', 'f', {})] }] }, 'invalid_type', 'messages[0].tool_calls[0].function.arguments'],
    ['d29', image('file:///etc/passwd'), 'invalid_image_url', 'messages[0].content[0].image_url'],
    ['d29', image('http://127.0.0.1/a.png'), 'invalid_image_url', 'messages[0].content[0].image_url'],
    ['d29', image('https://2130706433/a.png'), 'invalid_image_url', 'messages[0].content[0].image_url'],
    ['d29', image('https://[::1]/a.png'), 'invalid_image_url', 'messages[0].content[0].image_url'],
    ['d29', image('https://a:b@example.com/a.png'), 'invalid_image_url', 'messages[0].content[0].image_url'],
    ['d29', image('https://printer.local/a.png'), 'invalid_image_url', 'messages[0].content[0].image_url'],
    ['d29', image('data:text/html;base64,AAAA'), 'invalid_image_url', 'messages[0].content[0].image_url'],
    ['d29', image(`data:image/png;base64,${'A'.repeat(29 * 1024 * 1024)}`), 'image_too_large', 'messages[0].content[0].image_url'],
    ['d31', { top_p: 0 }, 'out_of_range', 'top_p'],
    ['d31', { top_p: 1.1 }, 'out_of_range', 'top_p'],
    ['d31', { n: 0 }, 'out_of_range', 'n'],
    ['d31', { n: -1 }, 'out_of_range', 'n'],
    ['d31', { n: 129 }, 'out_of_range', 'n'],
    ['d31', { n: 1.5 }, 'out_of_range', 'n'],
    ['–', { n: 2 }, 'unsupported_value', 'n'],
    ['–', { temperature: -0.1 }, 'out_of_range', 'temperature'],
    ['–', { temperature: '1' }, 'invalid_type', 'temperature'],
    ['d32', { max_tokens: 0 }, 'out_of_range', 'max_tokens'],
    ['d32', { max_tokens: -2 }, 'out_of_range', 'max_tokens'],
    ['d32', { max_tokens: 1.5 }, 'out_of_range', 'max_tokens'],
    ['d32', { max_tokens: '10' }, 'invalid_type', 'max_tokens'],
    ['d33', { max_tokens: 10, max_completion_tokens: 20 }, 'conflicting_parameters', 'max_completion_tokens'],
    ['d36', { tools: Array.from({ length: 1000 }, (_, i) => fn(`f${i}`)) }, 'too_many_items', 'tools[512]'],
    ['d36', { tools: [fn('x'.repeat(200))] }, 'string_too_long', 'tools[0].function.name'],
    ['d36', { tools: [fn('ok'), fn('a b')] }, 'invalid_value', 'tools[1].function.name'],
    ['d36', { tools: [fn('f', { ...node, $defs: { node } })] }, 'invalid_schema', 'tools[0].function.parameters'],
    ['d36', { tools: [fn('f', { type: 'object', description: 'x'.repeat(1024 * 1024) })] }, 'invalid_schema', 'tools[0].function.parameters'],
    ['d36', { tools: [fn('f', { properties: { a: { type: 'string', pattern: '([a-z' } } })] }, 'invalid_schema', 'tools[0].function.parameters'],
    ['d36', { tools: [fn('f', { type: 'thing' })] }, 'invalid_schema', 'tools[0].function.parameters'],
    ['d36', { tools: [fn('f', [])] }, 'invalid_schema', 'tools[0].function.parameters'],
    ['–', { tools: [{ type: 'custom', custom: { name: 'x' } }] }, 'invalid_value', 'tools[0].type'],
    ['–', { tools: {} }, 'invalid_type', 'tools'],
    ['d37', { tools: [fn('f')], tool_choice: { type: 'function', function: { name: 'g' } } }, 'invalid_value', 'tool_choice'],
    ['d37', { tool_choice: 'required' }, 'invalid_value', 'tool_choice'],
    ['d38', { response_format: { type: 'json_schema' } }, 'invalid_schema', 'response_format.json_schema'],
    ['d38', { response_format: { type: 'json_schema', json_schema: { schema: { $ref: '#' } } } }, 'invalid_schema', 'response_format.json_schema'],
    [
      'd38',
      { response_format: { type: 'json_schema', json_schema: { schema: { $ref: 'https://x/y' } } } },
      'invalid_schema',
      'response_format.json_schema',
    ],
    [
      'd38',
      { response_format: { type: 'json_schema', json_schema: { schema: { description: 'x'.repeat(300_000) } } } },
      'invalid_schema',
      'response_format.json_schema',
    ],
    ['–', { response_format: { type: 'xml' } }, 'invalid_value', 'response_format.type'],
    ['d39', { logit_bias: Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [i, 1])) }, 'out_of_range', 'logit_bias'],
    ['d39', { logit_bias: { 1: 200 } }, 'out_of_range', 'logit_bias'],
    ['d39', { logit_bias: { x: 1 } }, 'out_of_range', 'logit_bias'],
    ['d41', { user: 'x'.repeat(1024 * 1024) }, 'string_too_long', 'user'],
    ['d41', { user: 7 }, 'invalid_type', 'user'],
    ['d41', { metadata: { a: 'x'.repeat(1024 * 1024) } }, 'string_too_long', 'metadata'],
    ['d41', { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, 'x'])) }, 'too_many_items', 'metadata'],
    ['d41', { metadata: { a: { b: 'c' } } }, 'invalid_type', 'metadata'],
    ['d42', { strict: true, n_discard: -1 }, 'unknown_parameter', 'n_discard'],
    ['–', { stop: [7] }, 'invalid_type', 'stop[0]'],
    ['–', { stop: Array.from({ length: 17 }, () => 'x') }, 'too_many_items', 'stop'],
  ]
  it.each(rows.map(([row, value, code, param], index) => ({ row, value, code, param, index })))(
    '$row: $code at $param ($index)',
    ({ value, code, param }) => {
      const error = refusalOf(() => decode(value))
      expect([error.kind, error.status, error.code, error.details.param]).toEqual(['invalid-request', 400, code, param])
      expect(error.message.length).toBeLessThan(300)
    },
  )
})

describe('parameters', () => {
  it('reads sampling, and leaves out what is null or means no limit', () => {
    expect(
      decode({ temperature: 0, top_p: 1, top_k: 40, min_p: 0.05, seed: 7, frequency_penalty: -2, presence_penalty: null, n: 1 }).conversation
        .sampling,
    ).toEqual({ temperature: 0, topP: 1, topK: 40, minP: 0.05, seed: 7, frequencyPenalty: -2 })
    expect(decode({ top_k: -1 }).conversation.sampling).toEqual({})
  })

  it('reads the output limit, removes -1 and clamps the absurd, both named', () => {
    expect(decode({ max_tokens: 10, max_completion_tokens: 10 }).conversation.maxTokens).toBe(10)
    expect(decode({ max_completion_tokens: 9 }).conversation.maxTokens).toBe(9)
    expect(decode({ max_tokens: -1 })).toMatchObject({ notes: ['max_tokens -1 removed (no limit)'], conversation: { stop: [] } })
    expect(decode({ max_tokens: -1 }).conversation.maxTokens).toBeUndefined()
    expect(decode({ max_tokens: 1e9 })).toMatchObject({ notes: ['max_tokens clamped to the context'] })
  })

  it('reads stop words and formats', () => {
    expect(decode({ stop: 'END' }).conversation.stop).toEqual(['END'])
    expect(decode({ stop: ['a', '', 'b'] }).conversation.stop).toEqual(['a', 'b'])
    expect(decode({}).conversation.responseFormat).toEqual({ type: 'text' })
    expect(decode({ response_format: { type: 'json_object' } }).conversation.responseFormat).toEqual({ type: 'json' })
    const schema = { type: 'object', properties: { type: { type: 'string' }, pattern: { type: ['string', 'null'], enum: [{ type: 'x' }] } } }
    expect(
      decode({ response_format: { type: 'json_schema', json_schema: { name: 'x', strict: true, schema } } }).conversation.responseFormat,
    ).toEqual({
      type: 'json-schema',
      schema,
      strict: true,
    })
    expect(decode({ response_format: { type: 'json_object', schema } }).conversation.responseFormat).toEqual({
      type: 'json-schema',
      schema,
      strict: false,
    })
  })

  it('reads tools with shared definitions, and their choice', () => {
    const shared = { properties: { a: { $ref: '#/$defs/x' }, b: { $ref: '#/$defs/x' } }, $defs: { x: { type: 'string', pattern: '^[a-z(]+\\)$' } } }
    const { conversation } = decode({
      tools: [fn('f', shared), fn('ns.g-1')],
      tool_choice: { type: 'function', function: { name: 'f' } },
      parallel_tool_calls: false,
    })
    expect(conversation.tools).toEqual([{ name: 'f', parameters: shared }, { name: 'ns.g-1' }])
    expect([conversation.toolChoice, conversation.parallelToolCalls]).toEqual([{ name: 'f' }, false])
  })

  it('names what has no effect here, in words that fit a header, and nothing else', () => {
    const { notes } = decode({
      reasoning_effort: 'high',
      logprobs: true,
      'x\r\ny': 1,
      store: true,
      user: 'me',
      stream_options: { include_usage: true },
      verbosity: null,
    })
    expect(notes).toEqual(['reasoning_effort ignored', 'logprobs ignored', 'a parameter ignored'])
    expect(decode({ logprobs: false, logit_bias: {}, repeat_penalty: 1 }).notes).toEqual([])
  })
})

it('reads or refuses any body by name, and never fails in another way', () => {
  const names = [
    'model',
    'messages',
    'tools',
    'functions',
    'tool_choice',
    'response_format',
    'stop',
    'metadata',
    'user',
    'logit_bias',
    'stream',
    'n',
    'max_tokens',
    'top_p',
  ]
  const inner = [
    'role',
    'content',
    'type',
    'text',
    'image_url',
    'url',
    'tool_calls',
    'function',
    'name',
    'arguments',
    'id',
    'parameters',
    '$ref',
    'properties',
    'schema',
    'json_schema',
  ]
  const leaf = fc.oneof(
    fc.jsonValue({ maxDepth: 1 }),
    fc.constantFrom('user', 'assistant', 'tool', 'function', 'text', 'image_url', '#', '#/properties', 'json_schema', 'a'),
  )
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      leaf,
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...inner), tie('tree'), { maxKeys: 4 }),
    ),
  }))
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), tree, { maxKeys: 6 }), (value) => {
      fc.pre(!JSON.stringify(value).includes('__proto__'))
      const body = bodyOf({ messages: [user('Hi')], ...value })
      for (const run of [() => read(body, {}), () => decodeRequest(body)])
        try {
          run()
        } catch (error) {
          expect(error).toBeInstanceOf(HeadgateError)
          expect((error as HeadgateError).details.param).toBeTypeOf('string')
        }
    }),
    { numRuns: 2_000 },
  )
})
