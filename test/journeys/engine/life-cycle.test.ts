import { describe, expect, test } from 'vitest'
import { ask, startEngine } from './engine-under-test.ts'

describe('a model', () => {
  test('goes from absent to ready and back, again and again', async () => {
    const under = startEngine()
    try {
      const file = under.model('cycle', { endBias: -10 })
      const seen: string[] = []
      under.engine.onChange(({ state }) => seen.push(state))
      const texts = new Set<string>()
      for (let round = 0; round < 3; round++) {
        texts.add((await under.answer(file, ask('Hello'))).text)
        await under.engine.unload(file)
      }
      expect(texts.size).toBe(1)
      expect(seen.slice(0, 5)).toEqual(['checking', 'loading', 'ready', 'draining', 'absent'])
      expect(seen).toHaveLength(15)
      expect(under.engine.info()).toMatchObject({ build: expect.any(String), gpu: expect.anything() })
    } finally {
      await under.close()
    }
  })

  test('says what it holds', async () => {
    const under = startEngine()
    try {
      const file = under.model('facts', { contextLength: 2048 })
      await under.engine.load(file, 1024)
      expect(under.engine.states()).toEqual([
        expect.objectContaining({ file, state: 'ready', context: 1024, trainedContext: 2048, slots: 4, busySlots: 0, queued: 0 }),
      ])
      const [state] = under.engine.states()
      expect(state!.memoryBytes).toBeGreaterThan(1_000_000)
      await expect(under.engine.load(file, 4096)).rejects.toThrow(/4096.*2048/)
    } finally {
      await under.close()
    }
  })

  test('lets answers end before it is unloaded', async () => {
    const under = startEngine()
    try {
      const file = under.model('drain', { endBias: -10 })
      await under.engine.load(file, null)
      const answer = under.answer(file, ask('Hello', { maxTokens: 150 }))
      const unloaded = under.engine.unload(file)
      expect((await answer).usage.outputText).toBe(150)
      await unloaded
      expect(under.engine.states()[0]!.state).toBe('absent')
    } finally {
      await under.close()
    }
  })

  test('leaves when it has been idle, and comes back when it is asked', async () => {
    const under = startEngine({ idleUnloadMs: 50 })
    try {
      const file = under.model('idle', { endBias: -10 })
      const absent = new Promise<void>((resolve) => under.engine.onChange(({ state }) => state === 'absent' && resolve()))
      await under.answer(file, ask('Hello', { maxTokens: 2 }))
      await absent
      expect((await under.answer(file, ask('Hello', { maxTokens: 2 }))).usage.outputText).toBe(2)
    } finally {
      await under.close()
    }
  })

  test('makes room for another that is needed now, or is refused with numbers', async () => {
    const probe = startEngine()
    const budget = probe.model('probe')
    await probe.engine.load(budget, 1024)
    const oneModel = probe.engine.states()[0]!.memoryBytes!
    await probe.close()
    const under = startEngine({ memoryBudgetBytes: Math.ceil(oneModel * 1.2), context: 1024 })
    try {
      const first = under.model('first', { endBias: -10 })
      const second = under.model('second', { endBias: -10, seed: 9 })
      await under.answer(first, ask('Hello', { maxTokens: 2 }))
      await under.answer(second, ask('Hello', { maxTokens: 2 }))
      expect(under.engine.states().map(({ state }) => state)).toEqual(['absent', 'ready'])
    } finally {
      await under.close()
    }
    const tight = startEngine({ memoryBudgetBytes: Math.ceil(oneModel * 0.9), context: 1024 })
    try {
      const large = tight.model('too-large')
      const refused = tight.answer(large, ask('Hello'))
      await expect(refused).rejects.toMatchObject({ kind: 'no-room-here', details: { reason: 'memory' } })
      await expect(refused).rejects.toThrow(/GB.*1024 tokens.*GB/)
      await expect(tight.answer(large, ask('Hello'))).rejects.toMatchObject({ kind: 'no-room-here', details: { retryAfterMs: expect.any(Number) } })
      expect(tight.children, 'the second request does not look again at once').toHaveLength(1)
    } finally {
      await tight.close()
    }
  })
})
