/** Guards: what they do, since when, and why one may have no effect. */
import type { GuardView } from '../api/guards.ts'
import { clockTime } from '../words/figures.ts'

type Kind = GuardView['kind']

const names: Readonly<Record<Kind, string>> = {
  offline: 'Offline',
  battery: 'On battery',
  thermal: 'This machine is hot',
  budget: 'Budget used up',
}
const effects: Readonly<Record<Kind, string>> = {
  offline: 'Offline, using local',
  battery: 'On battery, new conversations go remote',
  thermal: 'Hot, new conversations go remote',
  budget: 'Budget used up, using local',
}
const ends: Readonly<Record<Kind, string>> = {
  offline: 'Back after two good probes.',
  battery: 'Ends after a minute on power.',
  thermal: 'No model is loaded meanwhile. Ends after a cool minute.',
  budget: '',
}
const overruled: Readonly<Record<NonNullable<GuardView['overruled']>, string>> = {
  'locked-local': 'It has no effect while locked to this Mac.',
  'locked-remote': 'It has no effect while locked to remote.',
  'no-fallback': 'It has no effect while Fallback is off.',
}
/** What is refused then, and not only left where it is. */
const refuses: Readonly<Partial<Record<Kind, string>>> = {
  offline: 'Offline, remote requests are refused',
  budget: 'Budget used up, remote requests are refused',
}

export const guards = {
  /** Offline, using local since 15:14. Back after two good probes. */
  strip: ({ kind, since, undone_until: undone, overruled: by, detail }: GuardView, now: number) => {
    const at = (iso: string) => clockTime(iso, now).replace(/:\d\d$/, '')
    const from = since === null ? '' : `since ${at(since)}.`
    const said = detail === null ? '' : `${detail.charAt(0).toUpperCase()}${detail.slice(1)}.`
    const rest = (...parts: readonly string[]) => parts.filter(Boolean).join(' ')
    if (undone !== null) return { strong: `${names[kind]}:`, rest: 'undone until tomorrow, 06:00.' }
    if (by === null) return { strong: effects[kind], rest: rest(from, said, ends[kind]) }
    const refused = by === 'locked-local' ? undefined : refuses[kind]
    if (refused !== undefined)
      return { strong: refused, rest: rest(from, said, kind === 'offline' ? 'They are answered again after two good probes.' : '') }
    return { strong: names[kind], rest: rest(from, said, overruled[by]) }
  },
  undo: 'Undo until tomorrow',
  redo: 'Let it act',
  toProviders: 'Providers',
  offer: {
    strong: 'On battery.',
    rest: 'Send new conversations to the providers first while it lasts?',
    yes: 'Yes, on battery',
    no: 'No',
  },
} as const
