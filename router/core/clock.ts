/** Time, chance and ids: the only file that reads a clock, draws a random number or starts a timer. */
import { randomBytes } from 'node:crypto'
import type { CancelSignal } from './cancel.ts'

/** A timer that can be taken back. Cancelling twice is fine. */
export interface Timer {
  cancel(): void
}

export interface Clock {
  /** Wall clock, milliseconds since 1970. For log lines and HTTP dates; may jump. */
  now(): number
  /** Milliseconds since some start; never jumps back. For durations, deadlines, cooldowns. */
  monotonic(): number
  /** A number in [0, 1). */
  chance(): number
  /** A sortable, unguessable id such as `req_01kb…`. */
  id(prefix: string): string
  /** Calls `run` once after `ms` milliseconds. Never keeps the process alive. */
  after(ms: number, run: () => void): Timer
  /** Resolves after `ms`, or rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: CancelSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  chance: () => Math.random(),
  id: (prefix) => `${prefix}_${sortableId(Date.now())}`,
  after(ms, run) {
    const timer = setTimeout(run, ms)
    timer.unref()
    return { cancel: () => clearTimeout(timer) }
  },
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const stop = () => {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop)
        resolve()
      }, ms)
      signal?.addEventListener('abort', stop)
    }),
}

/** Local time of day of a moment (ms since 1970): hour 0–23, weekday 1 = Monday … 7 = Sunday. */
export function calendarOf(at: number): { readonly hour: number; readonly weekday: number } {
  const date = new Date(at)
  return { hour: date.getHours(), weekday: date.getDay() || 7 }
}

/** A repeatable chance for `split.seed` and tests (mulberry32): the same seed gives the same sequence. */
export function seededChance(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/**
 * Draws that stay random one by one and come out even over a few dozen: each block of `size` draws takes one number out of each of `size` equal
 * parts of [0, 1), in random order (stratified sampling). Every draw alone is uniform; any `n` of them miss a share by at most about one part.
 */
export function stratifiedChance(chance: () => number, size = 50): () => number {
  let block: number[] = []
  return () => {
    if (block.length === 0) {
      block = Array.from({ length: size }, (_, place) => place)
      for (let last = size - 1; last > 0; last--) {
        const other = Math.floor(chance() * (last + 1))
        ;[block[last], block[other]] = [block[other] as number, block[last] as number]
      }
    }
    return ((block.pop() as number) + chance()) / size
  }
}

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz' // Crockford's base 32, lower case

let pool: Uint8Array = new Uint8Array(0)
let poolAt = 0

/** 10 characters of time, 10 of chance (50 bits), both in Crockford base 32; sorts by time. */
function sortableId(now: number): string {
  if (poolAt + 10 > pool.length) {
    pool = randomBytes(1000) // one system call per 100 ids
    poolAt = 0
  }
  let text = ''
  let rest = now
  for (let i = 0; i < 10; i++) {
    text = ALPHABET[rest % 32] + text
    rest = Math.floor(rest / 32)
  }
  for (let i = 0; i < 10; i++) text += ALPHABET[(pool[poolAt++] as number) & 31]
  return text
}

/** Wall clock, ms: when the day of a moment began, in this machine's own time. */
export function startOfDay(nowMs: number): number {
  return new Date(nowMs).setHours(0, 0, 0, 0)
}

/** Wall clock, ms: when the month of a moment began, in this machine's own time. */
export function startOfMonth(nowMs: number): number {
  return new Date(startOfDay(nowMs)).setDate(1)
}

/** Wall clock, ms: when a lock "until tomorrow" ends. Tomorrow begins at six: who works past midnight still means the night. */
export function tomorrowAtSix(nowMs: number): number {
  const end = new Date(nowMs)
  end.setDate(end.getDate() + 1)
  return end.setHours(6, 0, 0, 0)
}
