import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createLogRing } from '../../../router/telemetry/log-ring.ts'
import { readLogTail } from '../../../router/telemetry/log-tail.ts'
import { manualClock } from '../../fakes/manual-clock.ts'

const say = (message: string, level: 'debug' | 'info' | 'warn' | 'error' = 'info') => ({ type: 'log', level, message }) as const
const messages = (lines: readonly { readonly message: string }[]) => lines.map(({ message }) => message)

test('keeps the newest lines only, in order, with ids that go on', () => {
  const ring = createLogRing(manualClock().now, () => [], 5)
  for (let number = 1; number <= 12; number++) ring.read(say(`line ${number}`))
  const lines = ring.list({ limit: 100 })
  expect(messages(lines)).toEqual(['line 8', 'line 9', 'line 10', 'line 11', 'line 12'])
  expect(lines.at(-1)?.id).toBe((lines[0]?.id ?? 0) + 4)
  expect(messages(ring.list({ limit: 2, before: lines[2]?.id ?? null }))).toEqual(['line 8', 'line 9'])
  expect(messages(ring.list({ limit: 100, after: lines[3]?.id ?? null }))).toEqual(['line 12'])
})

test('gives a level and what is more severe, one source, and lines with words', () => {
  const ring = createLogRing(manualClock().now, () => [])
  for (const level of ['debug', 'info', 'warn', 'error'] as const) ring.read(say(`${level} of the router`, level))
  ring.read({ ...say('of llama.cpp', 'warn'), source: 'engine' })
  ring.read({ type: 'engine-state', model: 'm.gguf', state: 'ready', detail: null })
  expect(messages(ring.list({ limit: 9, level: 'warn', source: 'router' }))).toEqual(['warn of the router', 'error of the router'])
  expect(ring.list({ limit: 9, source: 'engine' }).map(({ source, message }) => [source, message])).toEqual([
    ['engine', 'of llama.cpp'],
    ['engine', 'engine'],
  ])
  expect(messages(ring.list({ limit: 9, text: 'LLAMA' }))).toEqual(['of llama.cpp'])
})

test('reads the run before from the file once, and gives up on nothing that is no line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-log-'))
  const file = join(folder, 'headgate.log')
  const line = (at: number, msg: string) => `${JSON.stringify({ level: 'info', time: new Date(at).toISOString(), msg, tool: 'Zed' })}\n`
  writeFileSync(file, `cut off"}\n${line(1_000, 'one')}not json\n{"level":"odd","time":"x","msg":1}\n${line(2_000, 'two')}`)
  const ring = createLogRing(manualClock().now, () => readLogTail(file, 5_000))
  ring.read(say('now'))
  expect(messages(ring.list({ limit: 9 }))).toEqual(['one', 'two', 'now'])
  appendFileSync(file, line(3_000, 'later'))
  const all = ring.list({ limit: 9 })
  expect(messages(all)).toEqual(['one', 'two', 'now'])
  expect(all[0]?.fields).toEqual({ tool: 'Zed' })
  expect(messages(ring.list({ limit: 1, before: all[2]?.id ?? null }))).toEqual(['two'])
  expect(readLogTail(join(folder, 'none.log'), 5_000)).toEqual([])
  rmSync(folder, { recursive: true })
})
