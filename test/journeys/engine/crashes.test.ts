import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { ask, startEngine } from './engine-under-test.ts'

describe('a child that is killed', () => {
  test('in mid-stream fails its requests only, and the next request works after the backoff', async () => {
    const under = startEngine()
    try {
      const file = under.model('victim', { endBias: -10 })
      const other = under.model('bystander', { endBias: -10, seed: 5 })
      await under.engine.load(file, null)
      await under.engine.load(other, null)
      const bystander = under.answer(other, ask('Hello', { maxTokens: 200 }))
      const stream = (async () => {
        for await (const event of under.events(file, ask('Hello', { maxTokens: 3000 })))
          if (event.type === 'part') process.kill(under.children[0]!, 'SIGKILL')
      })()
      await expect(stream).rejects.toMatchObject({ kind: 'failed-upstream', details: { code: 'engine_crashed' } })
      expect(under.engine.states().find((state) => state.file === file)!.state).toBe('failed')
      expect((await under.answer(file, ask('Hello', { maxTokens: 5 }))).usage.outputText).toBe(5)
      expect((await bystander).usage.outputText).toBe(200)
    } finally {
      await under.close()
    }
  })

  test('three times in ten minutes stays off and says so, until it is loaded by hand', async () => {
    const under = startEngine()
    try {
      const file = under.model('crasher', { endBias: -10 })
      for (let crash = 0; crash < 3; crash++) {
        await under.answer(file, ask('Hello', { maxTokens: 1 }))
        const failed = new Promise<void>((resolve) => {
          const stop = under.engine.onChange(({ state }) => {
            if (state !== 'failed') return
            stop()
            resolve()
          })
        })
        process.kill(under.children.at(-1)!, 'SIGKILL')
        await failed
      }
      const off = under.answer(file, ask('Hello'))
      await expect(off).rejects.toMatchObject({ kind: 'failed-upstream', details: { code: 'engine_off' } })
      await expect(off).rejects.toThrow(/stays off/)
      await under.engine.load(file, null)
      expect((await under.answer(file, ask('Hello', { maxTokens: 2 }))).usage.outputText).toBe(2)
    } finally {
      await under.close()
    }
  })
})

test('stopping ends what runs and leaves no child', async () => {
  const under = startEngine()
  const file = under.model('stopped', { endBias: -10 })
  await under.engine.load(file, null)
  const running = under.answer(file, ask('Hello', { maxTokens: 4000 }))
  running.catch(() => undefined)
  await under.close()
  await expect(running).rejects.toMatchObject({ kind: 'shutting-down' })
  for (const pid of under.children) expect(() => process.kill(pid, 0)).toThrow(/ESRCH/)
  await expect(under.answer(file, ask('Hello'))).rejects.toMatchObject({ kind: 'shutting-down' })
})

test('the engine runs in this process where it is told to, after a child has proved the file', async () => {
  const under = startEngine({ isolation: 'in-process' })
  try {
    const file = under.model('inside', { endBias: -10 })
    const answer = await under.answer(file, ask('Hello', { maxTokens: 5 }))
    expect(answer.usage.outputText).toBe(5)
    expect(under.children).toHaveLength(1)
    for (const pid of under.children) expect(() => process.kill(pid, 0)).toThrow(/ESRCH/)
    await under.engine.unload(file)
    await under.answer(file, ask('Hello', { maxTokens: 1 }))
    expect(under.children, 'a proved file needs no second trial').toHaveLength(1)
  } finally {
    await under.close()
  }
})

test('a child ends when its parent is gone', async () => {
  const parent = fork(fileURLToPath(new URL('./parent-that-dies.ts', import.meta.url)), [], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [],
  })
  const [pid] = (await once(parent, 'message')) as [number]
  expect(isAlive(pid)).toBe(true)
  parent.kill('SIGKILL')
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10)) // another process's child: there is no event to wait for
  expect(isAlive(pid)).toBe(false)
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
