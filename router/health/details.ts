/** The words that go with a change: always with its numbers. */
import type { Count } from './counts.ts'
import { type Detector, SCORE_LIMIT } from './detector.ts'
import { wilsonInterval, Z_95, Z_99 } from './wilson.ts'

/** Wall clock in ms → `10:02:11`. */
export type TimeOfDay = (wallMs: number) => string

/** `out: 6/10 failed since 10:02:11, 60 %, 99 % interval 25–87 %, score 32 ≥ 30` */
export function outDetail(detector: Detector, runLimit: number, timeOfDay: TimeOfDay): string {
  const { failed, total, sinceWallMs, score, run } = detector
  const why = score >= SCORE_LIMIT ? `score ${score} ≥ ${SCORE_LIMIT}` : `${run} in a row ≥ ${runLimit}`
  const since = sinceWallMs === null ? '' : ` since ${timeOfDay(sinceWallMs)}`
  return `out: ${failed}/${total} failed${since}, ${shareText({ failed, total }, Z_99, 99)}, ${why}`
}

/** `out again: 2 of 3 failed on trial, next trial in 10 s` */
export function outAgainDetail(answers: number, failures: number, waitMs: number): string {
  return `out again: ${failures} of ${answers + failures} failed on trial, next trial in ${seconds(waitMs)}`
}

/** `1/40 failed, 2.5 %, 95 % interval 0–13 %`; no data is `unknown`. */
export function countText(count: Count): string {
  if (count.total === 0) return 'unknown'
  return `${count.failed}/${count.total} failed, ${shareText(count, Z_95, 95)}`
}

/** `12 s`, or `2 min`. */
export function seconds(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`
}

function shareText(count: Count, z: number, confidence: number): string {
  const interval = wilsonInterval(count.failed, count.total, z)
  if (interval === null) return 'unknown'
  const percent = (share: number) => Math.round(share * 100)
  const share = Math.round((count.failed / count.total) * 1000) / 10
  return `${share} %, ${confidence} % interval ${percent(interval.low)}–${percent(interval.high)} %`
}
