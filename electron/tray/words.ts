/** The menu's words: figures, reasons, lengths of time. */
import type { PresetName } from '../../router/core/split.ts'

export const presetLabels: Readonly<Record<PresetName, string>> = {
  'local-only': 'Local Only',
  'prefer-local': 'Prefer Local',
  balanced: 'Balanced',
  'prefer-remote': 'Prefer Remote',
  'remote-only': 'Remote Only',
  custom: 'Custom',
}

/** Why a session did not go where it was drawn to; other reasons are the person's own wish and need no word here. */
const reasonWords: Readonly<Record<string, string>> = {
  context: 'too long',
  feature: 'needs a feature',
  out: 'out',
  busy: 'busy',
  limited: 'rate-limited',
  credential: 'key rejected',
  'model-unknown': 'unknown there',
  memory: 'no memory',
  offline: 'offline',
  battery: 'battery',
  thermal: 'hot',
  budget: 'budget',
  'failed-over': 'failed over',
  fallback: 'fallback',
}
const REASONS_SHOWN = 3

/** `last 50: 41 local, 9 remote (6 too long, 3 busy)`; null before the first session. */
export function effectOf({
  sessions,
  remote,
  reasons,
}: {
  sessions: number
  remote: number
  reasons: Readonly<Record<string, number>>
}): string | null {
  if (sessions === 0) return null
  const why = Object.entries(reasons)
    .filter(([reason]) => reason in reasonWords)
    .sort(([, one], [, other]) => other - one)
    .slice(0, REASONS_SHOWN)
    .map(([reason, count]) => `${count} ${reasonWords[reason]}`)
  return `last ${sessions}: ${sessions - remote} local, ${remote} remote${why.length > 0 ? ` (${why.join(', ')})` : ''}`
}

/** 0.35 → `35 %`. */
export const percent = (share: number): string => `${Math.round(share * 100)} %`

export function bytes(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(1)} GB`
  return count >= 1e6 ? `${Math.round(count / 1e6)} MB` : `${Math.round(count / 1e3)} kB`
}

/** `42 min left`, `3 h left`, `until 06:00`. */
export function timeLeft(until: number, now: number): string {
  const minutes = Math.max(1, Math.ceil((until - now) / 60_000))
  if (minutes < 120) return `${minutes} min left`
  if (minutes < 6 * 60) return `${Math.round(minutes / 60)} h left`
  const { hour, minute } = { hour: new Date(until).getHours(), minute: new Date(until).getMinutes() }
  return `until ${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
}

export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** One line of a menu. */
export function shortened(text: string, longest = 64): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length <= longest ? line : `${line.slice(0, longest - 1).trimEnd()}…`
}
