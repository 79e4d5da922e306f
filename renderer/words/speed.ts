/** Output tokens per second of one answer; null where the time is too short to say anything. */
import type { RequestRow } from '../api/types.ts'

/** Under a twentieth of a second the quotient says nothing about speed. */
const shortestMs = 50

export function tokensPerSecond({
  usage,
  first_output_ms,
  duration_ms,
}: Pick<RequestRow, 'usage' | 'first_output_ms' | 'duration_ms'>): number | null {
  if (first_output_ms === null || duration_ms === null || usage?.output == null || usage.output < 2) return null
  const writingMs = duration_ms - first_output_ms
  return writingMs < shortestMs ? null : (usage.output / writingMs) * 1000
}
