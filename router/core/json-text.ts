/** JSON as text: a strict scan of the caller's bytes that also says where each top-level value stands, so that edits are splices. */
import { isAscii, isUtf8 } from 'node:buffer'
import { HeadgateError } from './errors.ts'
import { findDuplicateKey, findSyntaxFault, pathBelow } from './json-fault.ts'

/** Byte range of a top-level member's value, `[start, end)`. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** A body that passed the strict scan. */
export interface ParsedBody {
  readonly bytes: Uint8Array
  readonly value: Readonly<Record<string, unknown>>
  /** Value spans of the top-level members, by decoded key. */
  readonly members: ReadonlyMap<string, Span>
}

export interface BodyLimits {
  /** Objects and arrays inside each other; the body itself is the first. */
  readonly maxDepth: number
  /** Members of all objects together: parsing millions of different keys takes seconds, and no real request has so many. */
  readonly maxMembers: number
}

export const defaultBodyLimits: BodyLimits = { maxDepth: 64, maxMembers: 250_000 }

/**
 * Reads a JSON body strictly. `JSON.parse` decides what is JSON; one scan of the bytes tells what it does not: depth, spans and how many
 * members were written. A parsed value with fewer members than were written had a duplicate key (a permission differential between
 * parsers), at whatever level and however its keys were escaped; so no key is hashed or copied here.
 *
 * Throws `invalid-request` (400) with `empty_body`, `invalid_utf8`, `invalid_json` (byte offset in the message), `invalid_type` (not an
 * object), `too_deep`, `too_many_items`, `duplicate_key`, `invalid_key`, `invalid_unicode` and `invalid_number` (a top-level number too
 * large for a double; long literals elsewhere pass as bytes). The rows are d1–d3, d8, d9, d14 and d16–d19 of the table of bad input.
 */
export function parseBody(bytes: Uint8Array, limits: BodyLimits = defaultBodyLimits): ParsedBody {
  const buffer = bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer.length === 0) throw refused('empty_body', 'The request has no body; send a JSON object.')
  const isPlain = isAscii(buffer)
  if (!isPlain && !isUtf8(buffer)) throw refused('invalid_utf8', 'The body is not valid UTF-8.')
  const survey = surveyOf(buffer, limits.maxDepth)
  if (survey.memberCount > limits.maxMembers) throw refused('too_many_items', `The body has more than ${limits.maxMembers} members.`)
  const text = isPlain ? buffer.toString('latin1') : buffer.toString('utf8')
  const value = parseText(text, buffer)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refused(
      'invalid_type',
      `The body must be a JSON object, not ${value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`}.`,
    )
  if (countMembers(value) !== survey.memberCount) {
    const path = findDuplicateKey(buffer) ?? ''
    throw refused('duplicate_key', `The key ${path} is given twice.`, path)
  }
  if (survey.hasLoneSurrogate) refuseLoneSurrogates(value, '')
  const record = value as Record<string, unknown>
  const members = new Map<string, Span>()
  const { marks } = survey
  // In ASCII a place in the bytes is a place in the text, which is at hand.
  const textBetween = (start: number, end: number) => (isPlain ? text.slice(start, end) : buffer.toString('utf8', start, end))
  for (let i = 0; i < marks.length; i += 4) {
    const key = keyOf(textBetween(marks[i] as number, marks[i + 1] as number))
    members.set(key, { start: marks[i + 2] as number, end: marks[i + 3] as number })
    const member = record[key]
    if (typeof member === 'number' && !Number.isFinite(member)) {
      const path = pathBelow('', key)
      throw refused('invalid_number', `${path} is too large for a number.`, path)
    }
  }
  return { bytes, value: record, members }
}

interface Survey {
  /** Members written in all objects together. */
  readonly memberCount: number
  /** An escape of `\ud800`–`\udfff` without its other half (a half that is no escape is no UTF-8 and refused before). */
  readonly hasLoneSurrogate: boolean
  /** Per top-level member: start and end of its key (without quotes), start and end of its value. */
  readonly marks: readonly number[]
}

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c

/** One pass over bytes that may still turn out not to be JSON: it only has to be right when they are, and to end when they are not. */
function surveyOf(bytes: Buffer, maxDepth: number): Survey {
  const { length } = bytes
  const marks: number[] = []
  let hasLoneSurrogate = false
  let memberCount = 0
  let depth = 0
  let keyStart = 0
  let keyEnd = 0
  let valueStart = -1
  for (let i = 0; i < length; i++) {
    const byte = bytes[i] as number
    if (byte === QUOTE) {
      const start = ++i
      for (; i < length; i++) {
        const inside = bytes[i] as number
        if (inside === QUOTE) break
        if (inside === BACKSLASH) {
          i++
          if (bytes[i] !== 0x75) continue
          const half = surrogateAt(bytes, i)
          if (half === 'high' && bytes[i + 5] === BACKSLASH && bytes[i + 6] === 0x75 && surrogateAt(bytes, i + 6) === 'low') i += 10
          else if (half !== null) hasLoneSurrogate = true
        }
      }
      if (depth === 1 && valueStart < 0) {
        keyStart = start
        keyEnd = i
      }
    } else if (byte === COLON) {
      memberCount++
      if (depth === 1) valueStart = i + 1
    } else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > maxDepth) throw refused('too_deep', `The body has more than ${maxDepth} objects and arrays inside each other (byte ${i}).`)
    } else if (depth === 1 ? byte === COMMA || byte === 0x7d : byte === 0x7d || byte === 0x5d) {
      if (depth === 1 && valueStart >= 0) {
        let end = i
        while (isSpace(bytes[valueStart])) valueStart++
        while (end > valueStart && isSpace(bytes[end - 1])) end--
        marks.push(keyStart, keyEnd, valueStart, end)
        valueStart = -1
      }
      if (byte !== COMMA) depth--
    }
  }
  return { memberCount, hasLoneSurrogate, marks }
}

/** Which half of a surrogate pair the escape is whose `u` stands at `at`; null = an ordinary character. */
function surrogateAt(bytes: Buffer, at: number): 'high' | 'low' | null {
  if (((bytes[at + 1] as number) | 0x20) !== 0x64) return null
  const digit = (bytes[at + 2] as number) | 0x20
  if (digit === 0x38 || digit === 0x39 || digit === 0x61 || digit === 0x62) return 'high'
  return digit >= 0x63 && digit <= 0x66 ? 'low' : null
}

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

function parseText(text: string, bytes: Buffer): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const fault = findSyntaxFault(bytes)
    if (fault.isBlank) throw refused('empty_body', 'The request has no body; send a JSON object.')
    throw refused('invalid_json', `The body is not valid JSON: ${fault.problem} at byte ${fault.offset}.`)
  }
}

/** Members of all objects together. Refuses the keys that poison prototypes where a value is copied carelessly. */
function countMembers(value: object): number {
  let count = 0
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object' && item !== null) count += countMembers(item)
    return count
  }
  const record = value as Record<string, unknown>
  const keys = Object.keys(record)
  count = keys.length
  for (const key of keys) {
    if (key === '__proto__') throw refused('invalid_key', 'The key __proto__ is not allowed.', '__proto__')
    const member = record[key]
    if (typeof member !== 'object' || member === null) continue
    if (key === 'constructor' && Object.hasOwn(member, 'prototype'))
      throw refused('invalid_key', 'The key constructor.prototype is not allowed.', 'constructor.prototype')
    count += countMembers(member)
  }
  return count
}

/** Half a surrogate pair cannot be sent on as UTF-8: it would silently become another character. */
function refuseLoneSurrogates(value: unknown, path: string): void {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw refused('invalid_unicode', `${path} holds half of a surrogate pair.`, path)
  } else if (Array.isArray(value)) for (const [index, item] of value.entries()) refuseLoneSurrogates(item, `${path}[${index}]`)
  else if (typeof value === 'object' && value !== null)
    for (const [key, member] of Object.entries(value)) {
      if (!key.isWellFormed()) throw refused('invalid_unicode', 'A key holds half of a surrogate pair.', path || undefined)
      refuseLoneSurrogates(member, pathBelow(path, key))
    }
}

function keyOf(raw: string): string {
  return raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw
}

function refused(code: string, message: string, param?: string): HeadgateError {
  return new HeadgateError('invalid-request', message, param === undefined ? { code } : { code, param })
}
