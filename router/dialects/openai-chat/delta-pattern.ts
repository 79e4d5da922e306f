/**
 * Recognises the next event of a stream by the last one: usually only the text between two quotes differs. Exact, not a guess: an event
 * matches only if its bytes around that text are those of an event that was parsed and understood, and the text is a non-empty JSON
 * string body. So it is valid JSON with the same choice, no finish reason, no usage, no error, and carries output.
 */

/** Members whose string is the moving part; the first that the event has exactly once is taken. */
const MOVING = ['"content":', '"reasoning_content":', '"arguments":', '"reasoning":'].map((key) => Buffer.from(key))
/** Random filling that OpenAI adds against traffic analysis; a second moving part where it follows the first. */
const FILLING = Buffer.from('"obfuscation":')

/** Streams whose surroundings change with every event are not learned for ever. */
const MISSES_BEFORE_GIVING_UP = 16

const QUOTE = 0x22
const BACKSLASH = 0x5c

export interface DeltaPattern {
  /** Characters of output in an event that matches; 0 = does not match, parse it. */
  match(event: Uint8Array): number
  /** Takes an event that was parsed: one choice, with output, without finish reason and usage. True where the next like it will match. */
  learn(event: Uint8Array): boolean
}

export function createDeltaPattern(): DeltaPattern {
  /** What stands before, between and after the moving strings; empty = nothing learned. */
  let fixed: readonly Uint8Array[] = []
  let misses = 0

  return {
    match(event) {
      if (fixed.length === 0) return 0
      const head = fixed[0] as Uint8Array
      if (!holdsAt(event, head, 0)) return 0
      let end = endOfString(event, head.length)
      const characters = end < 0 ? 0 : countCharacters(event, head.length, end)
      if (characters === 0) return 0
      for (let i = 1; i < fixed.length; i++) {
        const piece = fixed[i] as Uint8Array
        if (!holdsAt(event, piece, end)) return 0
        end += piece.length
        if (i === fixed.length - 1) break
        end = endOfString(event, end)
        if (end < 0) return 0
      }
      if (end !== event.length) return 0
      misses = 0
      return characters
    },
    learn(event) {
      if (misses >= MISSES_BEFORE_GIVING_UP) return false
      misses++
      fixed = []
      const copy = Buffer.from(event) // a copy: a view would keep its whole chunk alive
      for (const key of MOVING) {
        const start = stringAfter(copy, key)
        const end = start < 0 ? -1 : endOfString(copy, start)
        if (end <= start) continue
        const fillingStart = stringAfter(copy, FILLING)
        const fillingEnd = fillingStart < end ? -1 : endOfString(copy, fillingStart)
        fixed =
          fillingEnd < 0
            ? [copy.subarray(0, start), copy.subarray(end)]
            : [copy.subarray(0, start), copy.subarray(end, fillingStart), copy.subarray(fillingEnd)]
        return true
      }
      return false
    },
  }
}

function holdsAt(event: Uint8Array, piece: Uint8Array, at: number): boolean {
  if (at + piece.length > event.length) return false
  for (let i = 0; i < piece.length; i++) if (event[at + i] !== piece[i]) return false
  return true
}

/** Where the string value of the only member `key` begins, after its quote; −1 where there is none or more than one. */
function stringAfter(buffer: Buffer, key: Buffer): number {
  const at = buffer.indexOf(key)
  if (at < 0 || buffer.indexOf(key, at + 1) >= 0) return -1
  let start = at + key.length
  if (buffer[start] === 0x20) start++
  return buffer[start] === QUOTE ? start + 1 : -1
}

/** The closing quote of a JSON string body; −1 where it does not end or is none. Rare escapes (`\u…`) count as none: such an event is parsed. */
function endOfString(bytes: Uint8Array, from: number): number {
  for (let i = from; i < bytes.length; i++) {
    const byte = bytes[i] as number
    if (byte === QUOTE) return i
    if (byte < 0x20 || (byte === BACKSLASH && !isSimpleEscape(bytes[++i]))) return -1
  }
  return -1
}

/** Characters of a string body that `endOfString` has checked. */
function countCharacters(bytes: Uint8Array, from: number, to: number): number {
  let characters = 0
  for (let i = from; i < to; i++) {
    const byte = bytes[i] as number
    if (byte === BACKSLASH) i++
    if (byte < 0x80 || byte >= 0xc0) characters++
  }
  return characters
}

/** `\n`, `\"`, `\\`, `\t`, `\r`, `\/`, `\b`, `\f`. */
function isSimpleEscape(byte: number | undefined): boolean {
  return byte === 0x6e || byte === QUOTE || byte === BACKSLASH || byte === 0x74 || byte === 0x72 || byte === 0x2f || byte === 0x62 || byte === 0x66
}
