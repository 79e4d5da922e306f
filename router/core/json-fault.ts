/** Where a refused JSON body goes wrong: the slow, exact descent that only runs after the fast scan has said no. */

export interface SyntaxFault {
  /** Byte at which the text stops being JSON. */
  readonly offset: number
  readonly problem: string
  /** Nothing but white space. */
  readonly isBlank: boolean
}

/** The first byte that makes `bytes` no JSON text (RFC 8259). Call it only for bytes that `JSON.parse` refused, of bounded depth. */
export function findSyntaxFault(bytes: Uint8Array): SyntaxFault {
  const cursor: Cursor = { bytes, at: 0, steps: null }
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return { offset: 0, problem: 'a byte order mark', isBlank: false }
  try {
    skipSpace(cursor)
    if (cursor.at === bytes.length) return { offset: 0, problem: 'nothing but white space', isBlank: true }
    readValue(cursor)
    skipSpace(cursor)
    return { offset: cursor.at, problem: 'more text after the end', isBlank: false }
  } catch (error) {
    if (error instanceof Stop) return { offset: cursor.at, problem: error.message, isBlank: false }
    throw error
  }
}

/** Path of the first key that its object holds twice (keys compared decoded), or null. Call it only for valid JSON of bounded depth. */
export function findDuplicateKey(bytes: Uint8Array): string | null {
  const steps: (string | number)[] = []
  try {
    const cursor: Cursor = { bytes, at: 0, steps }
    skipSpace(cursor)
    readValue(cursor)
    return null
  } catch (error) {
    if (!(error instanceof Stop)) throw error
  }
  return steps.reduce<string>((path, step) => (typeof step === 'number' ? `${path}[${step}]` : pathBelow(path, step)), '')
}

/** `messages[1]` and `role` → `messages[1].role`; keys that are no plain words are quoted and cut. */
export function pathBelow(path: string, key: string): string {
  const word = /^[\w$-]{1,64}$/.test(key) ? key : JSON.stringify(key.slice(0, 64).toWellFormed())
  return path === '' ? word : `${path}.${word}`
}

interface Cursor {
  readonly bytes: Uint8Array
  at: number
  /** Keys and indexes that lead to where the cursor is; null where keys do not matter. */
  readonly steps: (string | number)[] | null
}

class Stop extends Error {}

function readValue(cursor: Cursor): void {
  const byte = cursor.bytes[cursor.at]
  if (byte === 0x7b) readObject(cursor)
  else if (byte === 0x5b) readArray(cursor)
  else if (byte === 0x22) readString(cursor)
  else if (byte === 0x2d || isDigit(byte)) readNumber(cursor)
  else if (byte === 0x74) readWord(cursor, 'true')
  else if (byte === 0x66) readWord(cursor, 'false')
  else if (byte === 0x6e) readWord(cursor, 'null')
  else stop(cursor, 'a value is expected')
}

function readObject(cursor: Cursor): void {
  const { steps } = cursor
  const keys = steps ? new Set<string>() : null
  cursor.at++
  skipSpace(cursor)
  if (take(cursor, 0x7d)) return
  for (;;) {
    if (cursor.bytes[cursor.at] !== 0x22) stop(cursor, 'a key in double quotes is expected')
    const key = readString(cursor)
    steps?.push(key)
    if (keys?.has(key)) throw new Stop('a duplicate key')
    keys?.add(key)
    skipSpace(cursor)
    if (!take(cursor, 0x3a)) stop(cursor, 'a colon is expected')
    skipSpace(cursor)
    readValue(cursor)
    steps?.pop()
    skipSpace(cursor)
    if (take(cursor, 0x7d)) return
    if (!take(cursor, 0x2c)) stop(cursor, 'a comma or } is expected')
    skipSpace(cursor)
  }
}

function readArray(cursor: Cursor): void {
  const { steps } = cursor
  cursor.at++
  skipSpace(cursor)
  if (take(cursor, 0x5d)) return
  for (let index = 0; ; index++) {
    steps?.push(index)
    readValue(cursor)
    steps?.pop()
    skipSpace(cursor)
    if (take(cursor, 0x5d)) return
    if (!take(cursor, 0x2c)) stop(cursor, 'a comma or ] is expected')
    skipSpace(cursor)
  }
}

/** Returns the decoded text where keys matter, else an empty string. */
function readString(cursor: Cursor): string {
  const { bytes } = cursor
  const start = cursor.at++
  let hasEscape = false
  for (;;) {
    const byte = bytes[cursor.at]
    if (byte === undefined) stop(cursor, 'the text ends inside a string')
    if (byte < 0x20) stop(cursor, 'a control character inside a string')
    cursor.at++
    if (byte === 0x22) break
    if (byte !== 0x5c) continue
    hasEscape = true
    const escaped = bytes[cursor.at]
    if (escaped === undefined) stop(cursor, 'the text ends inside a string')
    if (escaped === 0x75) {
      cursor.at++
      for (let i = 0; i < 4; i++, cursor.at++) if (!isHex(bytes[cursor.at])) stop(cursor, 'four hexadecimal digits are expected')
    } else if ('"\\/bfnrt'.includes(String.fromCharCode(escaped))) cursor.at++
    else stop(cursor, 'an unknown escape')
  }
  if (!cursor.steps) return ''
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, cursor.at - start).toString('utf8')
  return hasEscape ? (JSON.parse(text) as string) : text.slice(1, -1)
}

function readNumber(cursor: Cursor): void {
  take(cursor, 0x2d)
  if (!take(cursor, 0x30)) readDigits(cursor)
  if (take(cursor, 0x2e)) readDigits(cursor)
  if (take(cursor, 0x65) || take(cursor, 0x45)) {
    if (!take(cursor, 0x2b)) take(cursor, 0x2d)
    readDigits(cursor)
  }
}

function readDigits(cursor: Cursor): void {
  if (!isDigit(cursor.bytes[cursor.at])) stop(cursor, 'a digit is expected')
  while (isDigit(cursor.bytes[cursor.at])) cursor.at++
}

function readWord(cursor: Cursor, word: string): void {
  for (let i = 0; i < word.length; i++, cursor.at++) if (cursor.bytes[cursor.at] !== word.charCodeAt(i)) stop(cursor, `${word} is expected`)
}

function skipSpace(cursor: Cursor): void {
  for (;;) {
    const byte = cursor.bytes[cursor.at]
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return
    cursor.at++
  }
}

function take(cursor: Cursor, byte: number): boolean {
  if (cursor.bytes[cursor.at] !== byte) return false
  cursor.at++
  return true
}

function stop(cursor: Cursor, problem: string): never {
  throw new Stop(cursor.at >= cursor.bytes.length ? 'the text ends too early' : problem)
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39
const isHex = (byte: number | undefined): boolean => isDigit(byte) || (byte !== undefined && (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66)
