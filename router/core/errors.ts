/** The one table of error kinds: what each means to the caller, to the retry rule and to health. `docs/errors.md` is held to it by a test. */

/** Whose fault a failure is. */
export type Fault = 'deployment' | 'credential' | 'caller' | 'nobody'

export interface ErrorRule {
  /** HTTP status that the caller sees. 499 is only ever seen in the log. */
  readonly status: number
  /** Default machine-readable code; a finer one may replace it where the failure happens. */
  readonly code: string
  /** May the same deployment be tried again at once? */
  readonly mayRetrySame: boolean
  /** May the next deployment of the plan be tried? `larger-context` = only one with more context. */
  readonly mayGoNext: boolean | 'larger-context'
  readonly fault: Fault
  readonly countsAgainstHealth: boolean
  /** One sentence for `docs/errors.md`. */
  readonly meaning: string
}

const rule = (
  status: number,
  code: string,
  mayRetrySame: boolean,
  mayGoNext: ErrorRule['mayGoNext'],
  fault: Fault,
  countsAgainstHealth: boolean,
  meaning: string,
): ErrorRule => ({ status, code, mayRetrySame, mayGoNext, fault, countsAgainstHealth, meaning })

export const errorTable = {
  'invalid-request': rule(
    400,
    'invalid_request',
    false,
    false,
    'caller',
    false,
    'The request cannot be understood or is not allowed as it stands; the message names the field.',
  ),
  unauthenticated: rule(401, 'invalid_api_key', false, false, 'caller', false, 'A key is needed, or the one sent is unknown or revoked.'),
  forbidden: rule(403, 'forbidden', false, false, 'caller', false, 'The key, Host or Origin may not do this.'),
  'not-found': rule(404, 'unknown_url', false, false, 'caller', false, 'No such path or object.'),
  'model-not-found': rule(
    404,
    'model_not_found',
    false,
    false,
    'caller',
    false,
    'No model of that name, and no rule takes it; near names are listed.',
  ),
  'no-eligible-deployment': rule(
    503,
    'no_eligible_deployment',
    false,
    false,
    'nobody',
    false,
    'Every deployment of the model is excluded; each one is listed with its reason.',
  ),
  'model-downloading': rule(
    503,
    'model_downloading',
    false,
    false,
    'nobody',
    false,
    'The starter model is on its way; Retry-After and the percentage say how far.',
  ),
  'context-too-long': rule(
    400,
    'context_length_exceeded',
    false,
    'larger-context',
    'caller',
    false,
    'The prompt does not fit the context; both numbers are in the message. Nothing is shortened.',
  ),
  'content-refused': rule(400, 'content_refused', false, false, 'caller', false, 'The provider refused the content before answering.'),
  'rate-limited-here': rule(429, 'rate_limit_exceeded', false, false, 'caller', false, 'A limit set in Headgate is used up.'),
  'budget-exceeded': rule(
    429,
    'budget_exceeded',
    false,
    false,
    'nobody',
    false,
    'The budget of every provider that could answer is used up, and Fallback is off; waiting does not help, so there is no Retry-After.',
  ),
  'rate-limited-upstream': rule(
    429,
    'upstream_rate_limited',
    false,
    true,
    'deployment',
    false,
    'The provider asks to wait; a cooldown, not a failure.',
  ),
  'quota-exhausted': rule(502, 'upstream_quota_exhausted', false, true, 'credential', false, 'The provider account has no credit or quota left.'),
  'bad-credentials': rule(
    502,
    'upstream_auth_failed',
    false,
    true,
    'credential',
    false,
    'The provider rejected our credential. Never a 401 to the caller.',
  ),
  'model-unknown-upstream': rule(
    502,
    'upstream_model_not_found',
    false,
    true,
    'deployment',
    false,
    'The provider does not serve the model of this deployment.',
  ),
  unreachable: rule(
    503,
    'upstream_unreachable',
    false,
    true,
    'deployment',
    true,
    'Never connected: refused, no route, DNS, TLS. Always safe to go on.',
  ),
  'too-slow-to-start': rule(504, 'upstream_timeout', false, true, 'deployment', true, 'No output before the start deadline.'),
  stalled: rule(504, 'upstream_stalled', false, true, 'deployment', true, 'Output stopped for longer than the progress clock allows.'),
  'broken-stream': rule(502, 'upstream_stream_cut', false, true, 'deployment', true, 'The stream ended without a finish reason, or broke.'),
  'garbled-reply': rule(502, 'upstream_garbled', false, true, 'deployment', true, 'A 2xx that is not a complete, well-formed answer.'),
  'failed-upstream': rule(
    502,
    'upstream_error',
    true,
    true,
    'deployment',
    true,
    'The deployment failed: 5xx, or the connection was lost before the answer.',
  ),
  'no-room-here': rule(
    503,
    'no_room',
    false,
    true,
    'nobody',
    false,
    'The local engine has no room for the request: its queue is full, or the memory does not suffice for the model or its context.',
  ),
  'overloaded-here': rule(503, 'overloaded', false, false, 'nobody', false, 'The queue is full or the wait too long.'),
  paused: rule(503, 'paused_by_user', false, false, 'nobody', false, 'The user paused all requests.'),
  'shutting-down': rule(503, 'router_shutting_down', false, false, 'nobody', false, 'Headgate is stopping.'),
  'aborted-by-caller': rule(499, 'aborted', false, false, 'nobody', false, 'The caller went away; seen in the log only.'),
  internal: rule(500, 'internal_error', false, false, 'nobody', false, 'A fault in Headgate itself.'),
} as const satisfies Record<string, ErrorRule>

export type ErrorKind = keyof typeof errorTable
export const errorKinds = Object.keys(errorTable) as ErrorKind[]

export interface ErrorDetails {
  /** Finer code than the table's, e.g. `upstream_refused`. */
  readonly code?: string
  /** Finer status than the table's, e.g. 413, 415, 405. */
  readonly status?: number
  /** The field at fault, e.g. `messages[1].role`. */
  readonly param?: string
  /** Short reason of a refused decision, from the list of `split.md` (`lock`, `out`, …). */
  readonly reason?: string
  /** One sentence: what the user can do. */
  readonly howToFix?: string
  /** Milliseconds after which another try makes sense. */
  readonly retryAfterMs?: number
  /** Status of the upstream's reply, where there was one. */
  readonly upstreamStatus?: number
  /** Extra response headers, e.g. `allow`, `www-authenticate`. */
  readonly headers?: Readonly<Record<string, string>>
  /** False where the tokens may have been produced (and billed) already: the same key is never asked twice. */
  readonly safeToRepeat?: boolean
  readonly cause?: unknown
}

/** Every failure that a caller, the retry rule or health may see. Thrown with the kind named where it happened. */
export class HeadgateError extends Error {
  readonly kind: ErrorKind
  readonly details: ErrorDetails
  constructor(kind: ErrorKind, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'HeadgateError'
    this.kind = kind
    this.details = details
  }
  get rule(): ErrorRule {
    return errorTable[this.kind]
  }
  get status(): number {
    return this.details.status ?? this.rule.status
  }
  get code(): string {
    return this.details.code ?? this.rule.code
  }
}

/** Any thrown value as a HeadgateError; what is not one is `internal` and keeps its cause. */
export function asHeadgateError(thrown: unknown): HeadgateError {
  if (thrown instanceof HeadgateError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new HeadgateError('internal', `Headgate failed: ${message}`, { cause: thrown })
}
