/** The log file: what is written when, what becomes of text from outside, and how large it gets. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RouterEvent } from '../../../router/core/events.ts'
import { type LogFile, openLog } from '../../../router/telemetry/log.ts'
import { type ManualClock, manualClock } from '../../fakes/manual-clock.ts'

let folder: string
let file: string
let clock: ManualClock
let log: LogFile
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headgate-log-'))
  file = join(folder, 'logs', 'headgate.log')
  clock = manualClock()
  log = openLog(file, clock.now, clock.after)
})
afterEach(() => {
  log.close()
  rmSync(folder, { recursive: true, force: true })
})

const say = (message: string, level: 'info' | 'warn' | 'error' = 'info'): RouterEvent => ({ type: 'log', level, message })
const lines = (name = file) =>
  readFileSync(name, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>)

describe('lines', () => {
  test('are written together 200 ms after the first, each with the time of its event', async () => {
    log.read(say('one'))
    clock.advance(150)
    log.read(say('two'))
    expect([readFileSync(file, 'utf8'), clock.waiting()]).toEqual(['', 1])
    clock.advance(50)
    await expect.poll(() => lines().map(({ msg }) => msg)).toEqual(['one', 'two'])
    const [first, second] = lines().map(({ time }) => Date.parse(String(time)))
    expect((second ?? 0) - (first ?? 0)).toBe(150)
  })

  test('of an error are written at once, after what waited', async () => {
    log.read(say('before'))
    log.read(say('it broke', 'error'))
    await expect.poll(() => lines().map(({ msg }) => msg)).toEqual(['before', 'it broke'])
    expect(clock.waiting()).toBe(0)
  })

  test('that wait are written when the log is closed', () => {
    log.read(say('last words'))
    log.close()
    expect(lines()).toMatchObject([{ msg: 'last words' }])
  })

  test('nothing wakes while nothing is said', () => {
    expect(clock.waiting()).toBe(0)
  })
})

describe('e42: text from outside', () => {
  const nasty = 'a\u2028b\u202ec\u0085d\u001b[31me\nf'
  const harmless = 'a\\u{2028}b\\u{202e}c\\u{85}d\\u{1b}[31me\\u{a}f'

  test.each<[string, RouterEvent, (line: Record<string, unknown>) => unknown]>([
    ['a message', say(nasty), ({ msg }) => msg],
    ['a file', { type: 'config-refused', file: nasty, line: 1, message: '' }, ({ msg }) => String(msg).replace(/:1: $/, '')],
    ['one of several', { type: 'config-applied', version: 1, files: [nasty], warnings: [] }, ({ files }) => (files as string[])[0]],
    ['who changed the split', { type: 'split-changed', by: nasty, remoteShare: 0, fallback: true, lock: null, sessionsThatMay: 0 }, ({ by }) => by],
    ['a detail', { type: 'engine-state', model: 'm', state: 'failed', detail: nasty }, ({ detail }) => detail],
  ])('is one line that nothing acts on: %s', (_, event, read) => {
    log.read(event)
    log.close()
    expect(lines().map(read)).toEqual([harmless])
  })

  test('is cut: names at 200 characters, messages at 2 000', () => {
    log.read({ type: 'deployment-changed', deployment: 'n'.repeat(5_000), from: 'healthy', to: 'out', detail: null })
    log.read(say('m'.repeat(5_000)))
    log.close()
    expect(lines().map(({ deployment, msg }) => [String(deployment ?? '').length, String(msg).length])).toEqual([
      [200, 'deployment'.length],
      [0, 2_000],
    ])
  })
})

describe('the file', () => {
  test('is moved aside at 10 MB while the router runs, and no line is lost', async () => {
    const count = 6_000
    for (let i = 0; i < count; i++) {
      log.read(say(`${i} ${'x'.repeat(1_900)}`))
      if (i % 100 === 0) clock.advance(200)
    }
    log.close()
    await expect.poll(() => lines(`${file}.1`).length + lines().length).toBe(count)
    expect(statSync(`${file}.1`).size).toBeGreaterThan(10 * 1024 * 1024 - 1)
    expect(statSync(file).size).toBeLessThan(10 * 1024 * 1024)
    expect(lines().length).toBeGreaterThan(0)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test('that is too large already is moved aside at the start', () => {
    log.close()
    writeFileSync(file, 'x'.repeat(10 * 1024 * 1024 + 1))
    log = openLog(file, clock.now, clock.after)
    expect([statSync(file).size, existsSync(`${file}.1`)]).toEqual([0, true])
  })
})
