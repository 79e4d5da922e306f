import { describe, expect, it } from 'vitest'
import { noCooldown, rateLimited } from '../../../router/health/cooldown.ts'
import { createWindowCount } from '../../../router/health/counts.ts'
import { expectedMs, noLatency, penalised, sampled } from '../../../router/health/latency.ts'
import { createQuantileWindow, startDeadlineMs } from '../../../router/health/quantiles.ts'

const MINUTE = 60_000

describe('time to first output for balancing', () => {
  it('is unknown without history', () => {
    expect(expectedMs(noLatency, 0)).toBeNull()
  })

  it('jumps up to a peak at once and comes down over 30 s', () => {
    let latency = sampled(noLatency, 200, 0)
    latency = sampled(latency, 4_000, 1_000)
    expect(expectedMs(latency, 1_000)).toBe(4_000)
    latency = sampled(latency, 200, 31_000)
    const fallen = expectedMs(latency, 31_000)!
    expect(fallen).toBeCloseTo(200 + 3_800 / Math.E, 0)
  })

  it('lets a peak fade to what is usual while idle, and is unknown again after 5 minutes', () => {
    let latency = sampled(noLatency, 800, 0)
    latency = sampled(latency, 8_000, 0)
    const usual = 800 + (8_000 - 800) / 8
    expect(expectedMs(latency, 200_000)!).toBeGreaterThanOrEqual(usual)
    expect(expectedMs(latency, 200_000)!).toBeLessThan(usual + 20)
    expect(expectedMs(latency, 5 * MINUTE)).toBeNull()
  })

  it('adds 5 s for a failure, gone after 10 s', () => {
    const latency = penalised(sampled(noLatency, 300, 0), 0)
    expect(expectedMs(latency, 0)).toBe(5_300)
    expect(expectedMs(latency, 5_000)).toBe(2_800)
    expect(expectedMs(latency, 10_000)).toBe(300)
  })

  it('keeps a deployment that only ever refused fast unattractive, then unknown', () => {
    const latency = penalised(noLatency, 0)
    expect(expectedMs(latency, 9_999)).toBe(5_000)
    expect(expectedMs(latency, 10_000)).toBeNull()
  })
})

describe('quantiles', () => {
  it('gives no p95 below 59 samples and no p99 below 299', () => {
    const window = createQuantileWindow(5 * MINUTE, 5)
    for (let i = 1; i <= 58; i++) window.add(i * 10, 0)
    expect(window.read(0)).toMatchObject({ p95Ms: null, samples: 58 })
    window.add(590, 0)
    expect(window.read(0).p95Ms).not.toBeNull()
    expect(window.read(0).p99Ms).toBeNull()
    for (let i = 60; i <= 299; i++) window.add(i * 10, 0)
    expect(window.read(0).p99Ms).not.toBeNull()
  })

  it('is right to 1 %', () => {
    const window = createQuantileWindow(5 * MINUTE, 5)
    for (let i = 1; i <= 1_000; i++) window.add(i, i * 200) // over four of the five parts
    const { p50Ms, p95Ms, p99Ms } = window.read(200_000)
    expect(Math.abs(p50Ms! - 500) / 500).toBeLessThan(0.015)
    expect(Math.abs(p95Ms! - 950) / 950).toBeLessThan(0.015)
    expect(Math.abs(p99Ms! - 990) / 990).toBeLessThan(0.015)
  })

  it('drops what is older than its window, and reads the same twice', () => {
    const window = createQuantileWindow(5 * MINUTE, 5)
    for (let i = 0; i < 100; i++) window.add(9_000, 0)
    for (let i = 0; i < 100; i++) window.add(100, 4 * MINUTE)
    expect(window.read(4 * MINUTE).samples).toBe(200)
    expect(window.read(4 * MINUTE).samples).toBe(200)
    expect(window.read(5 * MINUTE)).toMatchObject({ samples: 100 })
    expect(window.read(5 * MINUTE).p95Ms!).toBeLessThan(102)
    window.add(100, 5 * MINUTE)
    expect(window.read(5 * MINUTE).samples).toBe(101)
  })

  it.each([
    [100, 12_000],
    [10_000, 30_000],
    [200_000, 180_000],
  ])('learns from a p95 of %d ms a start deadline of about %d ms', (valueMs, deadlineMs) => {
    const window = createQuantileWindow(7 * 86_400_000, 7)
    for (let i = 0; i < 58; i++) window.add(valueMs, i)
    expect(startDeadlineMs(window.read(58))).toBeNull()
    window.add(valueMs, 59)
    expect(Math.abs(startDeadlineMs(window.read(60))! - deadlineMs) / deadlineMs).toBeLessThan(0.011)
  })
})

describe('counts', () => {
  it('counts the last minute exactly and forgets what is older', () => {
    const window = createWindowCount(MINUTE)
    window.add(true, 0)
    window.add(false, 10_000)
    window.add(true, 59_000)
    expect(window.read(59_999)).toEqual({ failed: 2, total: 3 })
    expect(window.read(60_000)).toEqual({ failed: 1, total: 2 })
    expect(window.read(600_000)).toEqual({ failed: 0, total: 0 })
    window.add(false, 600_000)
    expect(window.read(600_000)).toEqual({ failed: 0, total: 1 })
  })
})

describe('cooldown', () => {
  const at = (monotonicMs: number, chance = 0.5) => ({ monotonicMs, wallMs: monotonicMs, chance })
  const said = (retryAfterMs: number) => ({ retryAfterMs, fallbackMs: null })
  const silent = { retryAfterMs: null, fallbackMs: null }

  it('is extended, never shortened', () => {
    const long = rateLimited(noCooldown, said(30_000), at(0))
    expect(rateLimited(long, said(1_000), at(100)).until?.monotonicMs).toBe(30_000)
    expect(rateLimited(long, said(40_000), at(100)).until?.monotonicMs).toBe(40_100)
  })

  it('believes at most 5 minutes, and nothing negative', () => {
    expect(rateLimited(noCooldown, said(86_400_000), at(0)).until?.monotonicMs).toBe(300_000)
    expect(rateLimited(noCooldown, said(-5), at(0)).until?.monotonicMs).toBe(0)
    expect(rateLimited(noCooldown, said(Number.NaN), at(0)).until?.monotonicMs).toBe(0)
  })

  it('backs off at random up to 1, 2, 4 … 60 s where the provider names no time', () => {
    let cooldown = noCooldown
    const ends: number[] = []
    for (let i = 0; i < 9; i++) {
      cooldown = rateLimited(cooldown, silent, at(0, 0.999_999))
      ends.push(Math.round((cooldown.until?.monotonicMs ?? 0) / 1000))
    }
    expect(ends).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
    expect(rateLimited(noCooldown, silent, at(0, 0)).until?.monotonicMs).toBe(0)
  })

  it('uses the configured time where there is one', () => {
    expect(rateLimited(noCooldown, { retryAfterMs: null, fallbackMs: 60_000 }, at(0)).until?.monotonicMs).toBe(60_000)
  })
})
