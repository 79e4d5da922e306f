/** Who may use the admin API: the admin token of the data folder, or a panel's token, which a one-time code bought. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import { HeadgateError } from '../../core/errors.ts'
import type { Secret } from '../../core/secret.ts'

const CODE_LIFE_MS = 10 * 60_000
const CODES_AT_MOST = 100
const PANELS_AT_MOST = 100

export interface AdminAccess {
  /** A code for one panel, good once and for ten minutes. */
  createCode(): string
  /** Exchanges a code for the panel's token; null for a used, old or wrong one. */
  exchange(code: string): string | null
  /** The admin token, or the token of a panel. */
  opens(token: string): boolean
  /** Throws `unauthenticated`, or `forbidden` for one of our inference keys. */
  check(token: string | null, isInferenceKey: (token: string) => boolean): void
}

export function createAdminAccess(adminToken: Secret, clock: Clock): AdminAccess {
  const codes = new Map<string, number>()
  const panels = new Set<string>()
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const adminDigest = digest(adminToken.reveal())

  function opens(token: string): boolean {
    const presented = digest(token)
    return timingSafeEqual(presented, adminDigest) || panels.has(presented.toString('hex'))
  }

  return {
    opens,
    createCode() {
      const code = randomBytes(18).toString('base64url')
      codes.set(digest(code).toString('hex'), clock.monotonic() + CODE_LIFE_MS)
      if (codes.size > CODES_AT_MOST) codes.delete(codes.keys().next().value as string)
      return code
    },
    exchange(code) {
      const key = digest(code).toString('hex')
      const until = codes.get(key)
      codes.delete(key)
      if (until === undefined || until < clock.monotonic()) return null
      const token = `panel-${randomBytes(24).toString('base64url')}`
      panels.add(digest(token).toString('hex'))
      if (panels.size > PANELS_AT_MOST) panels.delete(panels.values().next().value as string)
      return token
    },
    check(token, isInferenceKey) {
      if (token === null)
        throw denied(
          'missing_api_key',
          'The admin API needs the admin token: `authorization: Bearer` with the text of the file admin-token in the data folder.',
        )
      if (opens(token)) return
      if (token.startsWith('hg-') && isInferenceKey(token))
        throw new HeadgateError('forbidden', 'A key for inference does not open the admin API.', { code: 'insufficient_scope' })
      throw denied('invalid_api_key', 'This is not the admin token, or the panel was opened by an earlier run.')
    },
  }
}

const denied = (code: string, message: string) => new HeadgateError('unauthenticated', message, { code, headers: { 'www-authenticate': 'Bearer' } })
