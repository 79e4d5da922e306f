/** `headgate split`: shows or changes the split of the running router. */
import { findRouter } from './client.ts'

const presetNames = ['local-only', 'prefer-local', 'balanced', 'prefer-remote', 'remote-only']

interface SplitReply {
  readonly remote_share: number
  readonly fallback: boolean
  readonly lock: string | null
  readonly preset: string
  readonly source: string
  readonly actual: { readonly sessions: number; readonly remote: number }
}

export async function split(value: string | undefined, environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const router = findRouter(environment)
  const reply = (await (value === undefined
    ? router.call('GET', '/admin/split')
    : value === 'reset'
      ? router.call('DELETE', '/admin/split')
      : router.call('PUT', '/admin/split', changeOf(value)))) as SplitReply
  const { actual } = reply
  console.log(
    `${Math.round(reply.remote_share * 100)} % remote (${reply.preset}), fallback ${reply.fallback ? 'on' : 'off'}, ${reply.lock ? `locked to ${reply.lock}` : 'no lock'}; set by ${reply.source}; last ${actual.sessions} sessions: ${actual.sessions - actual.remote} local, ${actual.remote} remote`,
  )
}

function changeOf(value: string): Record<string, unknown> {
  if (presetNames.includes(value)) return { preset: value }
  const percent = Number(value)
  if (!/^\d{1,3}(\.\d+)?$/.test(value) || percent > 100)
    throw new Error(`${value} is neither 0 to 100 (percent remote) nor one of ${presetNames.join(', ')}, reset.`)
  // A share of its own has no lock: a lock would make it mean nothing.
  return { remote_share: percent / 100, lock: null, fallback: true }
}
