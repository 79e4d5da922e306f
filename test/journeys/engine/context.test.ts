/** The context that a model gets: the usual one as far as memory goes, or exactly what a person sets; loaded once, whatever became of it. */
import { describe, expect, test } from 'vitest'
import { ask, startEngine } from './engine-under-test.ts'

describe('a model', () => {
  test('trained for 128k gets the usual context where nobody set another, and what a person sets', async () => {
    const under = startEngine()
    try {
      const file = under.model('long', { contextLength: 131_072, endBias: -10 })
      await under.answer(file, ask('Hello', { maxTokens: 2 }), { context: 8192 })
      expect(under.engine.states()[0]).toMatchObject({ context: 8192, trainedContext: 131_072 })
      await under.answer(file, ask('Hello', { maxTokens: 2 }), { context: 16_384 })
      expect(under.engine.states()[0]).toMatchObject({ context: 16_384 })
    } finally {
      await under.close()
    }
  })

  test('that memory gave less context is loaded once, and a prompt that only the full one would hold may go elsewhere', async () => {
    const probe = startEngine()
    const sample = probe.model('sample', { contextLength: 131_072 })
    const bytesAt = async (context: number) => {
      await probe.engine.load(sample, context)
      return probe.engine.states()[0]!.memoryBytes!
    }
    const [small, large] = [await bytesAt(1024), await bytesAt(8192)]
    await probe.close()
    const under = startEngine({ memoryBudgetBytes: Math.ceil(((small + large) / 2) * 1.1) })
    try {
      const file = under.model('shrunk', { contextLength: 131_072, endBias: -10 })
      const loads: string[] = []
      under.engine.onChange(({ state }) => state === 'loading' && loads.push(state))
      for (const context of [8192, null, 8192, 4096]) await under.answer(file, ask('Hello', { maxTokens: 2 }), { context })
      const { context } = under.engine.states()[0]!
      expect(context).toBeLessThan(8192)
      expect(loads).toHaveLength(1)
      const tooLong = under.answer(file, ask('abc '.repeat(context! / 2), { maxTokens: 2 }), { context: 8192 })
      await expect(tooLong).rejects.toMatchObject({ kind: 'no-room-here', details: { reason: 'memory' } })
      const beyond = under.answer(file, ask('abc '.repeat(8192), { maxTokens: 2 }), { context: 8192 })
      await expect(beyond).rejects.toMatchObject({ kind: 'context-too-long' })
      // A deployment of the same file that wants more than fits is refused, and does not push this one out again and again.
      await expect(under.answer(file, ask('Hello'), { context: 16_384 })).rejects.toMatchObject({ kind: 'no-room-here' })
      await under.answer(file, ask('Hello', { maxTokens: 2 }), { context: 8192 })
      const before = loads.length
      await expect(under.answer(file, ask('Hello'), { context: 16_384 })).rejects.toMatchObject({ kind: 'no-room-here' })
      await under.answer(file, ask('Hello', { maxTokens: 2 }), { context: 8192 })
      expect(loads).toHaveLength(before)
    } finally {
      await under.close()
    }
  })
})
