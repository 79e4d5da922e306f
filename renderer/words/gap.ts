/** Set against actual, in sessions and in words. */
import type { Lane, SplitActual, SplitSetting } from '../api/types.ts'
import { strings } from '../strings/index.ts'
import { whyMoved } from './reasons.ts'

/** Models are drawn for one by one: their roundings add up. */
const roundingSessions = 2

/** How many of so many sessions the setting gives to a lane. */
export function setSessions(lane: Lane, { remote_share, lock }: SplitSetting, sessions: number): number {
  const share = lock === null ? remote_share : lock === 'remote' ? 1 : 0
  const remote = Math.round(sessions * share)
  return lane === 'remote' ? remote : sessions - remote
}

/** One reason in words; `reason` is its code, null = it was the draw. */
export interface GapReason {
  readonly text: string
  readonly reason: string | null
}

/** The lane that got more than set, and why; null = as set. What the reasons leave open was drawn, at an earlier setting where it is more than rounding. */
export function gapOf(setting: SplitSetting, actual: SplitActual): { lane: Lane; title: string; reasons: readonly GapReason[] } | null {
  const difference = actual.remote - setSessions('remote', setting, actual.sessions)
  if (difference === 0) return null
  const lane = difference > 0 ? 'remote' : 'local'
  const moved = Object.entries(reasonsOf(lane, actual))
    .filter(([reason, times]) => reason !== 'drawn' && times > 0)
    .sort(([, one], [, other]) => other - one)
  const reasons: GapReason[] = moved.map(([reason, times]) => ({ text: whyMoved(reason, times, lane), reason }))
  const open = Math.abs(difference) - moved.reduce((sum, [, times]) => sum + times, 0)
  if (open > roundingSessions) reasons.push({ text: strings.split.drawnEarlier(reasons.length === 0 ? null : open), reason: null })
  // What has a reason is not drawn: fewer drawn for this lane than its share of them all make up for a part of it.
  else if (open < -roundingSessions) reasons.push({ text: strings.split.drawnFewer(-open, lane === 'local' ? 'remote' : 'local'), reason: null })
  const title = strings.split.more(Math.abs(difference))
  return { lane, title: `${title}${reasons.length > 0 ? ':' : '.'}`, reasons }
}

/** Reasons of one lane's sessions. A router that does not tell the lanes apart gives one list for both. */
function reasonsOf(lane: Lane, { reasons, remote_reasons }: SplitActual): Readonly<Record<string, number>> {
  if (!remote_reasons) return reasons
  if (lane === 'remote') return remote_reasons
  return Object.fromEntries(Object.entries(reasons).map(([reason, times]) => [reason, times - (remote_reasons[reason] ?? 0)]))
}
