/** The event of an attempt that ended: every field has a plain value, a test names only what it is about. */
import type { AttemptEnd, RouterEvent } from '../../router/core/events.ts'

/** An answer of `deployment` (`model/provider`) to the request `req_1`, unless said otherwise. */
export function attemptEnded(
  deployment: string,
  some: Partial<AttemptEnd> = {},
  requestId = 'req_1',
): Extract<RouterEvent, { type: 'attempt-ended' }> {
  const attempt: AttemptEnd = {
    index: 0,
    deployment,
    provider: deployment.split('/')[1] ?? '',
    lane: 'local',
    outcome: 'answered',
    status: 200,
    kind: 'answered',
    code: 'answered',
    errorKind: null,
    message: null,
    safeToRepeat: true,
    retryAfterMs: null,
    startedMs: 0,
    firstOutputMs: null,
    ms: 50,
    usage: null,
    finish: null,
    isStream: false,
    afterModelLoad: false,
    ...some,
  }
  return { type: 'attempt-ended', requestId, keyId: null, attempt }
}
