import { afterAll, describe, expect, test } from 'vitest'
import { seededChance } from '../../../router/core/clock.ts'
import { ask, collect, startEngine } from './engine-under-test.ts'

const under = startEngine()
const file = under.model('talker', { endBias: -10 })
afterAll(() => under.close())

const stateOf = () => under.engine.states().find((state) => state.file === file)!
/** Resolves when no slot is busy; a lost slot makes the test time out. */
const allFree = async () => {
  while (stateOf().busySlots > 0 || stateOf().queued > 0) await new Promise((resolve) => setImmediate(resolve))
}

describe('a caller who goes away', () => {
  test('is told at once, wherever the answer stands, and leaves nothing behind', async () => {
    const chance = seededChance(5)
    const question = (length: number) => ask(`Please go on about this: ${'more words '.repeat(length)}`, { maxTokens: 200 })
    await under.engine.load(file, null)
    for (let round = 0; round < 50; round += 5) {
      await Promise.all(
        Array.from({ length: 5 }, async () => {
          const abort = new AbortController()
          const patience = Math.floor(chance() * 60) // events, then a few microtasks: in the queue, in the prefill, between tokens
          const answer = (async () => {
            let seen = 0
            for await (const _ of under.events(file, question(Math.floor(chance() * 150)), { signal: abort.signal }))
              if (seen++ >= patience) abort.abort()
          })()
          if (patience < 8) setTimeout(() => abort.abort(), patience * 3)
          await expect(answer).rejects.toMatchObject({ kind: 'aborted-by-caller' })
        }),
      )
    }
    await allFree()
    const after = await under.answer(file, ask('The quick brown fox'))
    const fresh = startEngine()
    try {
      const cold = await fresh.answer(fresh.model('talker', { endBias: -10 }), ask('The quick brown fox'))
      expect(after.text).toBe(cold.text)
    } finally {
      await fresh.close()
    }
  })

  test('by no longer reading frees the slot too', async () => {
    for await (const event of under.events(file, ask('x', { maxTokens: 3000 }))) if (event.type === 'part') break
    await allFree()
    expect(stateOf().busySlots).toBe(0)
  })

  test('while waiting in the queue gives up the place', async () => {
    const running = Array.from({ length: 4 }, () => under.answer(file, ask('busy', { maxTokens: 300 })))
    const abort = new AbortController()
    const phases: string[] = []
    const waiting = (async () => {
      for await (const event of under.events(file, ask('late'), { signal: abort.signal }))
        if (event.type === 'waiting') {
          phases.push(event.phase)
          if (event.phase === 'queue') setImmediate(() => abort.abort())
        }
    })()
    await expect(waiting).rejects.toMatchObject({ kind: 'aborted-by-caller' })
    expect(phases).toEqual(['queue'])
    expect(stateOf().queued).toBe(0)
    await Promise.all(running)
  })

  test('before anything began is told so', async () => {
    await expect(collect(under.events(file, ask('x'), { signal: AbortSignal.abort() }))).rejects.toMatchObject({ kind: 'aborted-by-caller' })
  })
})

test('a full queue refuses with a time to come back', async () => {
  const small = startEngine({ slots: 1, queueLimit: 1 })
  try {
    const model = small.model('small', { endBias: -10 })
    await small.engine.load(model, null)
    const events = small.events(model, ask('first', { maxTokens: 500 }))[Symbol.asyncIterator]()
    await events.next()
    const queued = small.events(model, ask('second', { maxTokens: 2 }))[Symbol.asyncIterator]()
    await queued.next()
    const second = queued.next()
    await expect(small.answer(model, ask('third'))).rejects.toMatchObject({ kind: 'no-room-here', details: { reason: 'busy' } })
    await events.return?.()
    await second
    while (!(await queued.next()).done);
  } finally {
    await small.close()
  }
})
