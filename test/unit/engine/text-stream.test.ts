import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createTokenTexts, findFirst, heldEnd, matchLoosely } from '../../../router/engine/text-stream.ts'

/** A detokeniser in which every token is one byte: the worst case for characters. */
const bytes = { text: (tokens: readonly number[]) => Buffer.from(tokens).toString('utf8'), marker: () => null }

describe('text of tokens', () => {
  test('never emits half a character', () => {
    const texts = createTokenTexts(bytes, [])
    const pieces = [...Buffer.from('a🦊日é')].map((byte) => texts.push(byte))
    expect(pieces.filter((piece) => piece !== '')).toEqual(['a', '🦊', '日', 'é'])
  })

  test('loses nothing, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const texts = createTokenTexts(bytes, [])
        const whole = [...Buffer.from(text)].map((byte) => texts.push(byte)).join('') + texts.flush()
        return whole === Buffer.from(text).toString('utf8')
      }),
    )
  })

  test('lets go of bytes that never become a character', () => {
    const texts = createTokenTexts(bytes, [])
    const pieces = Array.from({ length: 8 }, () => texts.push(0xff))
    expect(pieces.join('')).toBe('\uFFFD'.repeat(8))
  })

  test('shows a marker where the parser asks for it', () => {
    const texts = createTokenTexts({ ...bytes, marker: (token) => (token === 7 ? '<tool_call>' : null) }, [])
    expect(texts.push(97) + texts.push(7) + texts.push(98)).toBe('a<tool_call>b')
  })
})

test('the first of several needles is found, the longest at one place', () => {
  expect(findFirst('one two', ['two', 'one'])).toEqual({ index: 0, needle: 'one' })
  expect(findFirst('abcd', ['bc', 'bcd'])).toEqual({ index: 1, needle: 'bcd' })
  expect(findFirst('abc', ['', 'x'])).toBeNull()
})

test('an end that may begin a needle is held', () => {
  expect(heldEnd('hello ST', ['STOP'])).toBe(2)
  expect(heldEnd('hello', ['STOP'])).toBe(0)
  expect(heldEnd('\n', ['\n\nUser:', 'x'])).toBe(1)
  expect(heldEnd('STOP', ['STOP']), 'a whole needle is not held but found').toBe(0)
})

test('loose matching skips blanks on both sides', () => {
  expect(matchLoosely(' {"name":"x', '\n{"name": "')).toBe(10)
  expect(matchLoosely('{"na', '{"name": "')).toBe('partial')
  expect(matchLoosely('{"xx', '{"name": "')).toBe('no')
  expect(matchLoosely('abc', '')).toBe(0)
})
