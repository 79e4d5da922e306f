/** The key under which a session is kept: one tool's key, one model, one conversation. */

/** Unambiguous for any text in its parts. `keyId` null = anonymous, which no key can collide with. */
export function sessionKey(keyId: string | null, model: string, sessionId: string): string {
  return JSON.stringify([keyId, model, sessionId])
}

/** Whose conversation it is, and with which model. */
export function readSessionKey(key: string): { readonly keyId: string | null; readonly model: string } {
  const [keyId, model] = JSON.parse(key) as [string | null, string]
  return { keyId, model }
}
