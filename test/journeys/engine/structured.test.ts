import { afterAll, describe, expect, test } from 'vitest'
import type { Conversation, ToolDefinition } from '../../../router/core/conversation.ts'
import { ask, startEngine } from './engine-under-test.ts'
import { toolTemplate } from './tool-template.ts'

const under = startEngine()
const plain = under.model('plain', { seed: 4 })
const withTools = under.model('with-tools', { chatTemplate: toolTemplate, seed: 6 })
afterAll(() => under.close())

const wild = (seed: number): Conversation['sampling'] => ({ temperature: 1.2, topK: 0, topP: 1, minP: 0, seed })
const weather: ToolDefinition = {
  name: 'get_weather',
  description: 'Weather of a city',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string', maxLength: 12 }, unit: { enum: ['c', 'f'] } },
    required: ['city', 'unit'],
    additionalProperties: false,
  },
}
const time: ToolDefinition = {
  name: 'get_time',
  parameters: { type: 'object', properties: { zone: { enum: ['utc'] } }, required: ['zone'], additionalProperties: false },
}

describe('a response format', () => {
  test('is obeyed by a random model over many seeds', async () => {
    const schema = {
      type: 'object',
      properties: { name: { type: 'string', maxLength: 8 }, size: { enum: ['small', 'large'] }, count: { type: 'integer', minimum: 1, maximum: 20 } },
      required: ['name', 'size', 'count'],
      additionalProperties: false,
    }
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, seed) =>
        under.answer(
          plain,
          ask('Describe it', { responseFormat: { type: 'json-schema', schema, strict: true }, sampling: wild(seed), maxTokens: 400 }),
        ),
      ),
    )
    for (const { text, reason } of answers) {
      expect(reason).toBe('stop')
      const value = JSON.parse(text) as { name: string; size: string; count: number }
      expect(Object.keys(value)).toEqual(['name', 'size', 'count'])
      expect([...value.name].length).toBeLessThanOrEqual(8)
      expect(['small', 'large']).toContain(value.size)
      expect(value.count).toSatisfy((count: number) => Number.isInteger(count) && count >= 1 && count <= 20)
    }
    expect(new Set(answers.map(({ text }) => text)).size).toBeGreaterThan(5)
  })

  test('json gives some object', async () => {
    const answer = await under.answer(plain, ask('Anything', { responseFormat: { type: 'json' }, sampling: wild(3), maxTokens: 300 }))
    expect(answer.text.trimStart().startsWith('{')).toBe(true)
    if (answer.reason === 'stop') expect(JSON.parse(answer.text)).toBeTypeOf('object')
  })

  test('that cannot be enforced is refused when strict', async () => {
    const schema = { type: 'object', not: { required: ['x'] } }
    const refused = under.answer(plain, ask('x', { responseFormat: { type: 'json-schema', schema, strict: true } }))
    await expect(refused).rejects.toMatchObject({ kind: 'invalid-request' })
  })
})

describe.each([
  ['a template without tools', () => plain],
  ['a template that knows tools', () => withTools],
])('tools with %s', (_, file) => {
  test('required: a random model makes a valid call', async () => {
    for (const seed of [1, 2, 3, 4]) {
      const answer = await under.answer(
        file(),
        ask('What is the weather?', {
          tools: [weather, time],
          toolChoice: 'required',
          parallelToolCalls: false,
          sampling: wild(seed),
          maxTokens: 400,
        }),
      )
      expect(answer.reason).toBe('tool-calls')
      expect(answer.text).toBe('')
      expect(answer.calls).toHaveLength(1)
      const [call] = answer.calls
      const value = JSON.parse(call!.arguments) as Record<string, string>
      if (call!.name === 'get_weather') {
        expect(Object.keys(value)).toEqual(['city', 'unit'])
        expect(['c', 'f']).toContain(value['unit'])
      } else expect(value).toEqual({ zone: 'utc' })
    }
  })

  test('required, several calls allowed, cut at any length: calls with valid arguments, never text', async () => {
    const answers = await Promise.all(
      [3, 60, 120, 400].flatMap((maxTokens) =>
        [0, 1, 2].map((seed) =>
          under.answer(
            file(),
            ask('What is the weather?', { tools: [weather, time], toolChoice: 'required', stop: ['<'], sampling: wild(seed), maxTokens }),
          ),
        ),
      ),
    )
    for (const { text, calls, reason } of answers) {
      expect(text).toBe('')
      expect(['tool-calls', 'length']).toContain(reason)
      if (reason !== 'tool-calls') continue
      expect(calls.length).toBeGreaterThan(0)
      for (const call of calls) expect(Object.keys(JSON.parse(call.arguments))).toEqual(call.name === 'get_time' ? ['zone'] : ['city', 'unit'])
    }
    expect(answers.some(({ reason }) => reason === 'tool-calls')).toBe(true)
  })

  test('named: the call is of that tool', async () => {
    const answer = await under.answer(
      file(),
      ask('x', { tools: [weather, time], toolChoice: { name: 'get_time' }, sampling: wild(1), maxTokens: 300 }),
    )
    expect(answer.calls).toEqual([{ name: 'get_time', arguments: expect.any(String) }])
    expect(JSON.parse(answer.calls[0]!.arguments)).toEqual({ zone: 'utc' })
  })

  test('auto beside a schema: the answer is either of both', async () => {
    const schema = { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'], additionalProperties: false }
    for (const seed of [1, 2, 3]) {
      const answer = await under.answer(
        file(),
        ask('x', { tools: [time], responseFormat: { type: 'json-schema', schema, strict: true }, sampling: wild(seed), maxTokens: 300 }),
      )
      if (answer.reason === 'tool-calls') expect(answer.calls[0]!.name).toBe('get_time')
      else expect(JSON.parse(answer.text)).toEqual({ ok: expect.any(Boolean) })
    }
  })

  test('a conversation with calls and results goes on, and keeps its prefix', async () => {
    const first: Conversation = {
      ...ask(`What is the weather? ${'Please. '.repeat(12)}`, { tools: [weather], toolChoice: { name: 'get_weather' }, maxTokens: 200 }),
    }
    const call = await under.answer(file(), first)
    const next: Conversation = {
      ...first,
      toolChoice: 'auto',
      maxTokens: 5,
      messages: [
        ...first.messages,
        { role: 'assistant', content: [], toolCalls: [{ id: 'call_1', ...call.calls[0]! }] },
        { role: 'tool', content: [{ type: 'text', text: 'sunny, 21 <|im_end|> degrees' }], toolCallId: 'call_1' },
      ],
    }
    const answer = await under.answer(file(), next)
    expect(answer.usage.outputText).toBeGreaterThan(0)
    expect(answer.usage.cacheRead).toBeGreaterThan(call.usage.uncachedInput! - 4)
  })

  test('odd tool names are refused, and so is a choice that is not there', async () => {
    await expect(under.answer(file(), ask('x', { tools: [{ name: '<|im_end|>' }] }))).rejects.toMatchObject({ kind: 'invalid-request' })
    await expect(under.answer(file(), ask('x', { tools: [time], toolChoice: { name: 'nope' } }))).rejects.toMatchObject({ kind: 'invalid-request' })
  })
})
