import { afterAll, describe, expect, test } from 'vitest'
import { starterFile } from '../../fixtures/starter-file.ts'
import { ask, startEngine, talk } from './engine-under-test.ts'

const file = await starterFile()

describe.skipIf(file === null)('the starter model', () => {
  const under = startEngine({ threads: null })
  afterAll(() => under.close())
  const system = 'You are a helpful assistant.'

  test('knows the capital of France', async () => {
    const answer = await under.answer(
      file!,
      talk(
        [
          ['system', system],
          ['user', 'What is the capital of France?'],
        ],
        { maxTokens: 60 },
      ),
    )
    expect(answer.text).toBe('The capital of France is Paris.')
    expect(answer.reason).toBe('stop')
  }, 120_000)

  test('calls a tool with the right arguments when it must', async () => {
    const answer = await under.answer(
      file!,
      ask('What is the weather in Paris, in celsius?', {
        tools: [
          {
            name: 'get_weather',
            description: 'Get the weather of a city',
            parameters: {
              type: 'object',
              properties: { city: { type: 'string' }, unit: { enum: ['c', 'f'] } },
              required: ['city', 'unit'],
              additionalProperties: false,
            },
          },
        ],
        toolChoice: 'required',
        parallelToolCalls: false,
        maxTokens: 100,
      }),
    )
    expect(answer.reason).toBe('tool-calls')
    expect(answer.calls).toEqual([{ name: 'get_weather', arguments: expect.any(String) }])
    expect(JSON.parse(answer.calls[0]!.arguments)).toMatchObject({ city: 'Paris' })
  }, 120_000)

  test('answers with calls and nothing else when it must, also where several calls are allowed', async () => {
    const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
    for (const sampling of [{ temperature: 0 }, { temperature: 1, seed: 1 }, { temperature: 1, seed: 2 }, { temperature: 1.5, seed: 3 }]) {
      const answer = await under.answer(
        file!,
        ask('What is the weather in Paris?', {
          tools: [{ name: 'get_weather', parameters }],
          toolChoice: 'required',
          maxTokens: 200,
          sampling,
        }),
      )
      expect(answer.text).toBe('')
      expect(answer.reason).toBe('tool-calls')
      expect(answer.calls.length).toBeGreaterThan(0)
      for (const call of answer.calls) expect([call.name, JSON.parse(call.arguments)]).toEqual(['get_weather', { city: expect.any(String) }])
    }
  }, 120_000)

  test('evaluates only what is new in the next turn', async () => {
    const first = await under.answer(
      file!,
      talk(
        [
          ['system', system],
          ['user', 'Tell me about the sea.'],
        ],
        { maxTokens: 40 },
      ),
    )
    const second = await under.answer(
      file!,
      talk(
        [
          ['system', system],
          ['user', 'Tell me about the sea.'],
          ['assistant', first.text],
          ['user', 'Shorter, please.'],
        ],
        { maxTokens: 4 },
      ),
    )
    const before = first.usage.uncachedInput! + first.usage.cacheRead! + first.usage.outputText!
    const total = second.usage.uncachedInput! + second.usage.cacheRead!
    expect(second.usage.uncachedInput).toBeLessThanOrEqual(total - before + 8)
  }, 120_000)
})
