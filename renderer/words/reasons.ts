/** The router's codes in words: why a request went where it went, why a deployment was left out, what an error means. An unknown code is shown as it is, never hidden. */
import type { Lane, RequestRow } from '../api/types.ts'

const other = (lane: Lane | null): string => (lane === null ? 'the other lane' : lane === 'local' ? 'remote' : 'local')

/** Why a request was served by `lane`; short enough for a row. */
export function whyThere(reason: string | null, lane: Lane | null): string {
  switch (reason) {
    case null:
      return ''
    case 'drawn':
      return 'drawn'
    case 'held':
      return 'same conversation'
    case 'asked':
      return lane ? `asked for ${lane}` : 'as asked'
    case 'route':
      return 'a rule names it'
    case 'lock':
      return lane === 'local' ? 'locked to this Mac' : 'locked to remote'
    case 'override':
      return 'locked for now'
    case 'only-lane':
      return lane ? `only ${lane} serves this model` : 'only one lane serves it'
    case 'context':
      return `prompt too long for ${other(lane)}`
    case 'feature':
      return `${other(lane)} cannot do what it needs`
    case 'out':
      return `${other(lane)} is out`
    case 'busy':
      return `${other(lane)} is busy`
    case 'limited':
      return `${other(lane)} is rate-limited`
    case 'credential':
      return `${other(lane)} has no valid key`
    case 'model-unknown':
      return `${other(lane)} does not have the model`
    case 'disabled':
      return `${other(lane)} is switched off`
    case 'lane':
      return 'outside the lane asked for'
    case 'memory':
      return 'not enough memory for local'
    case 'offline':
      return 'offline'
    case 'battery':
      return 'on battery'
    case 'thermal':
      return 'this Mac is hot'
    case 'budget':
      return 'budget used up'
    case 'failed-over':
      return 'failed over'
    case 'fallback':
      return `${other(lane)} could not answer`
    case 'panic':
      return 'everything looked out, tried anyway'
    default:
      return reason
  }
}

/** So many sessions that went to `lane` for a reason, for the gap between set and actual: `7 prompts too long for local`. */
export function whyMoved(reason: string, times: number, lane: Lane): string {
  const away = other(lane)
  const words: Readonly<Record<string, string>> = {
    held: 'in running conversations',
    asked: `asked for ${lane}`,
    route: 'by a rule',
    lock: 'while locked',
    override: 'while locked for a time',
    'only-lane': `that only ${lane} serves`,
    context: `${times === 1 ? 'prompt' : 'prompts'} too long for ${away}`,
    feature: `that ${away} cannot serve`,
    out: `while ${away} was out`,
    busy: `while ${away} was busy`,
    limited: `while ${away} was rate-limited`,
    credential: `while the key for ${away} was refused`,
    'model-unknown': `whose model ${away} does not have`,
    'failed-over': 'failed over',
    fallback: `that ${away} could not answer`,
    memory: 'for want of memory',
    offline: 'while offline',
  }
  return `${times} ${words[reason] ?? reason}`
}

/** Why a deployment is left out of a plan, when the router gives no detail. */
export function whyLeftOut(reason: string): string {
  const words: Readonly<Record<string, string>> = {
    lock: 'the Lock removes its lane',
    lane: 'outside the lane asked for',
    context: 'its context is too small for this prompt',
    feature: 'it cannot do what the request needs',
    out: 'it is out',
    busy: 'it is busy',
    limited: 'it is rate-limited',
    credential: 'the provider refused the key',
    'model-unknown': 'the provider does not have the model',
    disabled: 'switched off by the configuration',
    memory: 'not enough memory',
    fallback: 'Fallback is off',
    route: 'the rule does not name it',
    asked: 'the caller asked for another',
    held: 'the conversation stays where it is',
  }
  return words[reason] ?? reason
}

/** The setting that would change an exclusion; null = none does. */
export function whatWouldChangeIt(reason: string): string | null {
  const words: Readonly<Record<string, string>> = {
    lock: 'Set Lock to None to allow it.',
    context: 'A larger context in models.yaml would let it in.',
    disabled: 'models.yaml switches it on.',
    credential: 'A valid key in models.yaml or .env brings it back.',
    fallback: 'Switch Fallback on to allow it.',
  }
  return words[reason] ?? null
}

/** What went wrong, by error code, for a row. */
export function whatFailed(code: string | null, status: number | null): string {
  const words: Readonly<Record<string, string>> = {
    model_downloading: 'model still downloading',
    model_not_found: 'no model of that name',
    no_eligible_deployment: 'no deployment may serve it',
    context_length_exceeded: 'prompt too long',
    paused_by_user: 'paused',
    invalid_request: 'request not understood',
    invalid_api_key: 'key not accepted',
    upstream_unreachable: 'could not connect',
    upstream_timeout: 'no output in time',
    upstream_stalled: 'output stopped',
    upstream_stream_cut: 'answer broke off',
    upstream_garbled: 'unreadable reply',
    upstream_error: 'provider failed',
    upstream_auth_failed: 'provider refused the key',
    upstream_rate_limited: 'rate-limited by the provider',
    upstream_quota_exhausted: 'no credit left at the provider',
    upstream_model_not_found: 'provider lacks the model',
    content_refused: 'content refused',
    overloaded: 'queue full',
    router_shutting_down: 'Headgate was stopping',
    aborted: 'the caller went away',
    internal_error: 'Headgate failed',
  }
  if (code !== null && words[code] !== undefined) return words[code]
  if (status === 499) return 'the caller went away'
  return code?.replaceAll('_', ' ') ?? (status === null ? 'failed' : `failed with ${status}`)
}

/** Words of a whole row: error first, then the reason, then the number of tries. */
export function whyOfRow(row: RequestRow): string {
  const isFailed = row.status !== null && row.status >= 400
  const why = isFailed ? whatFailed(row.error?.code ?? null, row.status) : whyThere(row.reason, row.lane)
  return row.attempts > 1 ? `${why} · ${row.attempts} tries` : why
}
