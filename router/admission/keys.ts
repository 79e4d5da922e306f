/** Who calls? A token that starts with `hg-` is ours and always checked; any other is anonymous unless keys are required. The one rule for every route and carrier. */
import { HeadgateError } from '../core/errors.ts'
import type { AdmissionSituation, CallerKey } from '../core/gate.ts'

const TOKEN_LIMIT = 512
const STORE_RETRY_MS = 2_000

/**
 * The key of a presented token; null = anonymous. Throws 401 `missing_api_key` or `invalid_api_key`, and 503 `auth_backend_unavailable` where
 * keys cannot be looked up: an infrastructure fault is never a 401.
 */
export function identify(token: string | null, situation: Pick<AdmissionSituation, 'requireKey' | 'findKey'>): CallerKey | null {
  if (token === null) {
    if (situation.requireKey) throw missing()
    return null
  }
  if (!token.startsWith('hg-') && !situation.requireKey) return null
  const key = token.length <= TOKEN_LIMIT ? lookUp(token, situation) : null
  if (!key)
    throw new HeadgateError('unauthenticated', 'This Headgate key is unknown or revoked.', {
      howToFix: 'Create one with `headgate token create` or in the control panel.',
      headers: { 'www-authenticate': 'Bearer' },
    })
  return key
}

function lookUp(token: string, { findKey }: Pick<AdmissionSituation, 'findKey'>): CallerKey | null {
  try {
    return findKey(token)
  } catch (error) {
    throw new HeadgateError('internal', 'Keys cannot be checked at the moment.', {
      status: 503,
      code: 'auth_backend_unavailable',
      retryAfterMs: STORE_RETRY_MS,
      cause: error,
    })
  }
}

const missing = () =>
  new HeadgateError('unauthenticated', 'A Headgate key is required here and none was sent.', {
    code: 'missing_api_key',
    howToFix: 'Send `Authorization: Bearer hg-…`; create a key with `headgate token create`.',
    headers: { 'www-authenticate': 'Bearer' },
  })
