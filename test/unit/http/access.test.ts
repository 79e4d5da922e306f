/** Codes and tokens of the admin API, on a clock of our own. */
import { expect, it } from 'vitest'
import { type Clock, systemClock } from '../../../router/core/clock.ts'
import { Secret } from '../../../router/core/secret.ts'
import { createAdminAccess } from '../../../router/http/admin/access.ts'

const token = 'the-admin-token-the-admin-token-0123456789'
const MINUTE_MS = 60_000

function access() {
  let nowMs = 1_000
  const clock: Clock = { ...systemClock, monotonic: () => nowMs }
  return {
    admin: createAdminAccess(new Secret(token), clock),
    pass(ms: number) {
      nowMs += ms
    },
  }
}
const never = () => false

it('a code is good for ten minutes and once', () => {
  const { admin, pass } = access()
  const codes = [admin.createCode(), admin.createCode()] as const
  pass(10 * MINUTE_MS)
  expect(admin.exchange(codes[0])).toMatch(/^panel-/)
  expect(admin.exchange(codes[0])).toBeNull()
  pass(1)
  expect(admin.exchange(codes[1])).toBeNull()
})

it('a token of a panel opens what the admin token opens', () => {
  const { admin } = access()
  const panel = admin.exchange(admin.createCode()) ?? ''
  for (const good of [token, panel]) {
    expect(admin.opens(good)).toBe(true)
    expect(() => admin.check(good, never)).not.toThrow()
  }
  for (const bad of ['', token.slice(1), `${token} `, panel.slice(0, -1), panel.toUpperCase()]) {
    expect(admin.opens(bad)).toBe(false)
    expect(() => admin.check(bad, never)).toThrow(expect.objectContaining({ status: 401, code: 'invalid_api_key' }))
  }
  expect(() => admin.check(null, never)).toThrow(expect.objectContaining({ status: 401, code: 'missing_api_key' }))
  expect(() => admin.check('hg-good', () => true)).toThrow(expect.objectContaining({ status: 403, code: 'insufficient_scope' }))
  expect(() => admin.check('hg-bad', never)).toThrow(expect.objectContaining({ status: 401 }))
})

it('codes that nobody uses do not pile up: the newest hundred count', () => {
  const { admin } = access()
  const codes = Array.from({ length: 150 }, () => admin.createCode())
  expect(codes.map((code) => admin.exchange(code) !== null)).toEqual(codes.map((_code, index) => index >= 50))
})
