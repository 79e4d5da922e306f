/** The key under which a session is kept: one tool's key, one model, one conversation. */

/** Unambiguous for any text in its parts. `keyId` null = anonymous, which no key can collide with. */
export function sessionKey(keyId: string | null, model: string, sessionId: string): string {
  return `${keyId === null ? '' : `${keyId.length}:${keyId}`}:${model.length}:${model}:${sessionId}`
}

/** Whose conversation it is, and with which model: the parts by their lengths. */
export function readSessionKey(key: string): { readonly keyId: string | null; readonly model: string } {
  if (key.startsWith(':')) return { keyId: null, model: lengthwise(key, 1).text }
  const { text: keyId, end } = lengthwise(key, 0)
  return { keyId, model: lengthwise(key, end + 1).text }
}

/** `3:abc` at a place: its text, and where it ends. */
function lengthwise(key: string, from: number): { readonly text: string; readonly end: number } {
  const colon = key.indexOf(':', from)
  const end = colon + 1 + Number(key.slice(from, colon))
  return { text: key.slice(colon + 1, end), end }
}
