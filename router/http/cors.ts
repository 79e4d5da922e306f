/** CORS for the pages that the configuration names. Invariant: an exact origin or nothing; never `*`, never credentials, never a private-network grant. */

/** What a page of an allowed origin may read of a reply besides the body. */
const exposed = [
  'x-headgate-request-id',
  'x-headgate-model',
  'x-headgate-deployment',
  'x-headgate-lane',
  'x-headgate-attempts',
  'x-headgate-reason',
  'x-headgate-notes',
  'x-headgate-cache',
  'retry-after',
  'x-should-retry',
].join(', ')
const PREFLIGHT_S = 600

/** Headers of every reply to a page of an allowed `origin`. */
export function corsHeaders(origin: string): Record<string, string> {
  return { 'access-control-allow-origin': origin, vary: 'Origin', 'access-control-expose-headers': exposed }
}

/** Headers of the reply to a preflight. `asked`: the request headers that the page wants to send, as the browser lists them. */
export function preflightHeaders(origin: string, methods: readonly string[], asked: string | undefined): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
    'access-control-allow-methods': methods.join(', '),
    // The origin is trusted by name; which headers its SDK adds changes monthly.
    ...(asked !== undefined && /^[\w\-, ]{1,4000}$/.test(asked) ? { 'access-control-allow-headers': asked } : {}),
    'access-control-max-age': String(PREFLIGHT_S),
  }
}
