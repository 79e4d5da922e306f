/** The one place that reads a credential from a request, whatever header carries it. */
import type { IncomingMessage } from 'node:http'
import { HeadgateError } from '../core/errors.ts'

/** The token as presented, or null. Throws `conflicting_credentials` when two carriers disagree. Query strings are never looked at. */
export function tokenOf(message: IncomingMessage): string | null {
  const { headers } = message
  if (
    headers['authorization'] === undefined &&
    headers['x-api-key'] === undefined &&
    headers['api-key'] === undefined &&
    headers['x-goog-api-key'] === undefined
  )
    return null
  // Node keeps only the first of several Authorization headers: two of them count as none.
  if (countOf(message.rawHeaders, 'authorization') > 1) return null
  const bearer = /^Bearer +(\S.*)$/i.exec(headers['authorization'] ?? '')?.[1]
  const carried = [bearer, headers['x-api-key'], headers['api-key'], headers['x-goog-api-key']].filter(
    (token): token is string => typeof token === 'string' && token !== '',
  )
  const [first = null, ...others] = carried
  if (others.some((other) => other !== first))
    throw new HeadgateError('invalid-request', 'Two headers carry different credentials; send one.', { code: 'conflicting_credentials' })
  return first
}

function countOf(rawHeaders: readonly string[], name: string): number {
  let count = 0
  for (let i = 0; i < rawHeaders.length; i += 2) if ((rawHeaders[i] as string).toLowerCase() === name) count++
  return count
}
