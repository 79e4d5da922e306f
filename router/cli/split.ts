/** `headgate split`: shows or changes the split of the running router. */
import { findRouter } from './client.ts'

const presetNames = ['local-only', 'prefer-local', 'balanced', 'prefer-remote', 'remote-only']

export interface SplitReply {
  readonly remote_share: number
  readonly fallback: boolean
  readonly lock: string | null
  readonly preset: string
  readonly source: string
  readonly actual: { readonly sessions: number; readonly remote: number }
}

export async function split(value: string | undefined, environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const router = findRouter(environment)
  const before = (await router.call('GET', '/admin/split')) as SplitReply
  if (value === undefined) return console.log(sentenceOf(before))
  const after = (await (value === 'reset'
    ? router.call('DELETE', '/admin/split')
    : router.call('PUT', '/admin/split', changeOf(value, before)))) as SplitReply
  console.log(sentenceOf(after))
  const changes = changesBetween(before, after)
  console.log(changes.length > 0 ? `Changed: ${changes.join('; ')}.` : 'Nothing changed.')
}

/** What a change sends: what was named, and no more. */
export function changeOf(value: string, before: Pick<SplitReply, 'preset'>): Record<string, unknown> {
  if (presetNames.includes(value)) return { preset: value }
  const percent = Number(value)
  if (!/^\d{1,3}(\.\d+)?$/.test(value) || percent > 100)
    throw new Error(`${value} is neither 0 to 100 (percent remote) nor one of ${presetNames.join(', ')}, reset.`)
  // Local Only and Remote Only are a lock without a fallback: a share of its own leaves them. Anything else that was set stays.
  const leaves = before.preset === 'local-only' || before.preset === 'remote-only' ? { lock: null, fallback: true } : {}
  return { remote_share: percent / 100, ...leaves }
}

/** Each thing that is not as it was, in words. */
export function changesBetween(before: SplitReply, after: SplitReply): string[] {
  const words = ({ remote_share, fallback, lock }: SplitReply) =>
    [
      ['remote share', `${Math.round(remote_share * 1000) / 10} %`],
      ['fallback', fallback ? 'on' : 'off'],
      ['lock', lock ?? 'none'],
    ] as const
  const now = words(after)
  return words(before).flatMap(([name, word], place) => (word === now[place]?.[1] ? [] : [`${name} ${word} → ${now[place]?.[1]}`]))
}

function sentenceOf({ remote_share, fallback, lock, preset, source, actual }: SplitReply): string {
  return `${Math.round(remote_share * 100)} % remote (${preset}), fallback ${fallback ? 'on' : 'off'}, ${lock ? `locked to ${lock}` : 'no lock'}; set by ${source}; last ${actual.sessions} sessions: ${actual.sessions - actual.remote} local, ${actual.remote} remote`
}
