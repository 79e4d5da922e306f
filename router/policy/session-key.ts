/** The key under which a session is kept: one tool's key, one model, one conversation. */

/** Unambiguous for any text in its parts. `keyId` null = anonymous, which no key can collide with. */
export function sessionKey(keyId: string | null, model: string, sessionId: string): string {
  return `${keyId === null ? '' : `${keyId.length}:${keyId}`}:${model.length}:${model}:${sessionId}`
}
