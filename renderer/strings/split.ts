/** The split in words: presets, the gate, what was changed. */
import type { OverrideLength, OverrideView, WhatIfAnswer } from '../api/split.ts'
import type { Lane, PresetName, SplitSetting } from '../api/types.ts'
import { percentOf, presetOf } from '../state/presets.ts'
import { bytes, clockTime, count, percent, plural } from '../words/figures.ts'
import { whatFailed } from '../words/reasons.ts'

export const presetLabels: Readonly<Record<PresetName, string>> = {
  'local-only': 'Local Only',
  'prefer-local': 'Prefer Local',
  balanced: 'Balanced',
  'prefer-remote': 'Prefer Remote',
  'remote-only': 'Remote Only',
  custom: 'Custom',
}

export const laneLabels: Readonly<Record<Lane, string>> = { local: 'Local', remote: 'Remote' }

/** Prefer Local, or Custom, 30 % remote. */
export const settingInWords = (setting: SplitSetting): string => {
  const preset = presetOf(setting)
  if (preset !== 'custom') return presetLabels[preset]
  const lock = setting.lock === null ? '' : setting.lock === 'local' ? ', locked to this Mac' : ', locked to remote'
  return `Custom, ${percent(percentOf(setting.remote_share))} remote${lock}`
}

/** The panel's own echoes never get here: `panel` is another window, or the command line. */
const changedBy = (by: string | null): string => (by === 'tray' ? 'in the tray' : by === 'command line' ? 'on the command line' : 'elsewhere')

export const split = {
  title: 'Where requests go',
  perSession: 'decided once for each new session',
  perRequest: 'decided for each request',
  applied: 'applied on release, Esc cancels',
  typed: 'Return applies, Esc cancels',
  presets: 'Presets',
  hints: {
    'local-only': 'refuse what cannot run here',
    'prefer-local': 'remote only when needed',
    balanced: 'half of new sessions',
    'prefer-remote': 'local when remote cannot',
    'remote-only': 'no local model is loaded',
  } satisfies Record<Exclude<PresetName, 'custom'>, string>,
  locks: 'locks',
  slider: 'Remote share',
  numberField: 'Percent remote',
  percentRemote: '% remote',
  thisMac: 'this Mac',
  providers: (names: number) => (names === 0 ? 'no provider' : plural(names, 'provider')),
  now: (value: number) => `now ${value}`,
  kept: (value: number) => `kept at ${value}`,
  returnsTo: (value: number) => `returns to ${value}`,
  actual: (value: number) => `actual ${value}`,
  hundred: '100 % remote',
  fallback: 'Fallback',
  fallbackHint: 'the other lane may answer when the drawn one cannot',
  fallbackOff: 'what the drawn lane cannot answer is refused',
  fallbackLocked: 'off while locked',
  lock: 'Lock',
  lockNone: 'None',
  lockedTo: { local: 'Locked to this Mac', remote: 'Locked to remote' } satisfies Record<Lane, string>,
  lockedLocalNote: (sentToday: number) => ({
    strong: sentToday === 0 ? '0 B sent to providers today.' : `${bytes(sentToday)} sent to providers today, before the lock.`,
    rest: 'What cannot be answered here is refused with the reason.',
  }),
  lockedRemoteNote: {
    strong: 'This Mac answers nothing.',
    rest: 'Loaded models unload after their work. What no provider can answer is refused with the reason.',
  },
  laneMissing: { local: 'No local model yet', remote: 'No provider yet' } satisfies Record<Lane, string>,
  laneMissingNote: (missing: Lane, setting: SplitSetting) =>
    missing === 'local'
      ? { strong: 'Everything goes remote until a local model is here.', rest: `${settingInWords(setting)} is kept and starts then.` }
      : { strong: 'Everything stays on this Mac until a provider is named.', rest: `${settingInWords(setting)} is kept and starts then.` },
  reset: (source: string, remoteShare: number) =>
    `Reset to ${source.startsWith('default') ? 'default' : source.replace(/:\d+$/, '')} (${percent(percentOf(remoteShare))} remote)`,
  setBy: (source: string) => (source.startsWith('default') ? null : `set by ${source}`),
  endQuestion: {
    local: {
      title: 'Lock to this Mac, or prefer it?',
      text: 'Prefer still sends what cannot run here.',
      prefer: 'Prefer this Mac',
      lock: 'Lock to this Mac',
    },
    remote: {
      title: 'Lock to remote, or prefer it?',
      text: 'Prefer still runs here what remote cannot.',
      prefer: 'Prefer remote',
      lock: 'Lock to remote',
    },
  } satisfies Record<Lane, Record<string, string>>,
  changed: (next: SplitSetting) => `${settingInWords(next)}. In force from the next request.`,
  changedElsewhere: (next: SplitSetting, by: string | null) => `Changed ${changedBy(by)}: ${settingInWords(next)}.`,
  undo: 'Undo',
  dismiss: 'Dismiss',
  notChanged: (why: string) => `Not changed: ${why}`,
  pill: (setting: SplitSetting) => {
    const preset = presetOf(setting)
    return preset === 'custom' ? `Custom · ${percent(percentOf(setting.remote_share))} remote` : presetLabels[preset]
  },
  pillLabel: (setting: SplitSetting) => `Split: ${settingInWords(setting)}`,
  /** The slider's value, from the same words as its labels. */
  valueText: (percentRemote: number, setting: SplitSetting) => {
    const preset = presetOf({ ...setting, remote_share: percentRemote / 100 })
    return `${percentRemote} percent remote, ${presetLabels[preset].toLowerCase()}, fallback ${setting.fallback ? 'on' : 'off'}`
  },
  announced: (setting: SplitSetting) =>
    setting.lock === null
      ? `${split.valueText(percentOf(setting.remote_share), setting)}. In force from the next request.`
      : `${split.lockedTo[setting.lock]}.`,
  setAndActual: (set: number, actual: number, sessions: number) =>
    `Set ${set} percent remote, actual ${actual} percent of the last ${plural(sessions, 'session')}.`,
  drawnEarlier: (sessions: number | null) => (sessions === null ? 'drawn at an earlier setting' : `${count(sessions)} drawn at an earlier setting`),
  drawnFewer: (sessions: number, other: Lane) => `less ${count(sessions)} drawn ${other} instead`,
  more: (difference: number) => `${count(difference)} more than set`,
  refusedNote: (requests: number) => `${plural(requests, 'request was', 'requests were')} refused today:`,
  refusedFor: (code: string) => whatFailed(code, null),
  override: {
    temporarily: 'Temporarily…',
    menu: 'Lock to one lane for a time',
    names: { local: 'Local Only', remote: 'Remote Only' } satisfies Record<Lane, string>,
    lengths: {
      '30m': 'for 30 min',
      '1h': 'for 1 h',
      tomorrow: 'until tomorrow, 06:00',
      forever: 'until I end it',
    } satisfies Record<OverrideLength, string>,
    /** Local Only for 42 min, until 15:14. Then Custom, 30 % remote. */
    strip: ({ lock, until, returns_to: next }: OverrideView, now: number) => {
      const name = split.override.names[lock]
      const then = `Then ${settingInWords(next)}.`
      if (until === null) return { strong: `${name} until you end it.`, rest: then }
      return { strong: `${name} for ${roughly(Date.parse(until) - now)},`, rest: `until ${clockTime(until, now).replace(/:\d\d$/, '')}. ${then}` }
    },
    more: '1 h more',
    end: 'End now',
    left: (ms: number) => `${clockFace(ms)} left`,
    noEnd: { local: 'Locked to this Mac', remote: 'Locked to remote' } satisfies Record<Lane, string>,
    pill: ({ lock, until }: OverrideView, now: number) =>
      until === null ? split.override.names[lock] : `${split.override.names[lock]} · ${roughly(Date.parse(until) - now)}`,
    pillLabel: (override: OverrideView, now: number) => `Split: ${split.override.pill(override, now)}`,
    announced: ({ lock, until }: OverrideView, now: number) =>
      `${split.lockedTo[lock]} ${until === null ? 'until you end it' : `for ${roughly(Date.parse(until) - now)}`}.`,
    set: (override: OverrideView, now: number) => split.override.announced(override, now),
    ended: 'The lock has ended.',
    endedThen: ({ returns_to: next }: OverrideView) => `The lock has ended: ${settingInWords(next)}.`,
  },
  whatIf: {
    title: ({ requests, sampled, hours, at }: Extract<WhatIfAnswer, { enough: true }>) =>
      `The last ${hours} h, ${plural(requests, 'request')}, replayed at ${percent(percentOf(at.remote_share))}${sampled === null ? '' : `, from a sample of ${count(sampled)}`}`,
    asking: 'Replaying the last 24 h…',
    failed: 'No forecast: Headgate did not answer.',
    notEnough: (requests: number) => `Not enough history for a forecast: ${plural(requests, 'request')} in the last 24 h, 20 are needed.`,
    stays: 'Stays',
    leaves: 'Leaves',
    spent: 'Spent',
    spentPartly: 'Spent, where priced',
    noPrice: 'no price known',
    firstOutput: 'First output, median',
    to: 'to',
  },
  moving: {
    text: (sessions: number) =>
      `${plural(sessions, 'running conversation draws anew with its', 'running conversations draw anew with their')} next request.`,
    keep: 'Keep them where they are',
    kept: 'Running conversations stay where they are.',
  },
} as const

const minuteMs = 60_000

/** 42 min, 1 h 5 min */
function roughly(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / minuteMs))
  if (minutes < 60) return `${minutes}\u00a0min`
  const rest = minutes % 60
  return `${Math.floor(minutes / 60)}\u00a0h${rest === 0 ? '' : ` ${rest}\u00a0min`}`
}

/** 41:52, 1:05:00 */
function clockFace(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  const two = (value: number) => String(value).padStart(2, '0')
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor(seconds / 60) % 60
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}
