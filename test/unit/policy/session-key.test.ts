/** The key of a session: unambiguous, and readable again, whatever stands in its parts. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readSessionKey, sessionKey } from '../../../router/policy/index.ts'

test('gives back whose conversation it is and with which model', () => {
  fc.assert(
    fc.property(fc.option(fc.string({ minLength: 1 })), fc.string(), fc.string(), (keyId, model, id) => {
      expect(readSessionKey(sessionKey(keyId, model, id))).toEqual({ keyId, model })
    }),
  )
})

test('differs where any part differs', () => {
  const part = fc.constantFrom('', ':', '1:', 'a', 'a:1', '2:a:')
  fc.assert(
    fc.property(fc.tuple(fc.option(part), part, part), fc.tuple(fc.option(part), part, part), (one, other) => {
      const same = JSON.stringify(one) === JSON.stringify(other)
      if (one[0] !== '' && other[0] !== '') expect(sessionKey(...one) === sessionKey(...other)).toBe(same)
    }),
  )
})
