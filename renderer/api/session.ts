/** The panel's token: got for a one-time code or pasted, kept in memory and session storage only. Invariant: the code leaves the address bar before it is used. */

const storageKey = 'headgate.token'
let token: string | null = readStored()

/** The token that admin calls carry; null = nobody has signed in. */
export const currentToken = (): string | null => token

export function keepToken(next: string): void {
  token = next
  try {
    sessionStorage.setItem(storageKey, next)
  } catch {
    // Storage can be blocked; memory is enough until the page closes.
  }
}

export function forgetToken(): void {
  token = null
  try {
    sessionStorage.removeItem(storageKey)
  } catch {
    // As above.
  }
}

/** Takes the one-time code out of `#code=…` and leaves the place of `&at=/models` in the address, if there is one; null = there is no code. */
export function takeLoginCode(): string | null {
  const fragment = new URLSearchParams(location.hash.slice(1))
  const code = fragment.get('code')
  if (code === null) return null
  const place = fragment.get('at')
  history.replaceState(null, '', `${location.pathname}${location.search}${place?.startsWith('/') ? `#${place}` : ''}`)
  return code
}

/** Exchanges a one-time code for a token. False = used, wrong or expired. Throws when the router does not answer. */
export async function exchangeCode(code: string): Promise<boolean> {
  const response = await fetch('/admin/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code }),
  })
  if (response.status >= 500) throw new Error(`the router answered ${response.status}`)
  if (!response.ok) return false
  const body = (await response.json()) as { token: string }
  keepToken(body.token)
  return true
}

function readStored(): string | null {
  try {
    return sessionStorage.getItem(storageKey)
  } catch {
    return null
  }
}
