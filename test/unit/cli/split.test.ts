import { expect, test } from 'vitest'
import { changeOf, changesBetween, type SplitReply } from '../../../router/cli/split.ts'

const reply = (more: Partial<SplitReply>): SplitReply => ({
  remote_share: 0,
  fallback: true,
  lock: null,
  preset: 'custom',
  source: 'override',
  actual: { sessions: 0, remote: 0 },
  ...more,
})

test.each([
  ['custom', { remote_share: 0.3 }],
  ['prefer-local', { remote_share: 0.3 }],
  ['local-only', { remote_share: 0.3, lock: null, fallback: true }],
  ['remote-only', { remote_share: 0.3, lock: null, fallback: true }],
])('a share sends nothing but the share, and leaves a lock only where the preset is one: %s', (preset, expected) => {
  expect(changeOf('30', { preset })).toEqual(expected)
})

test('a preset is sent by its name', () => {
  expect(changeOf('local-only', { preset: 'custom' })).toEqual({ preset: 'local-only' })
})

test('what changed is said with both values, and what did not is not', () => {
  const locked = reply({ fallback: false, lock: 'local' })
  expect(changesBetween(locked, reply({ remote_share: 0.125 }))).toEqual(['remote share 0 % → 12.5 %', 'fallback off → on', 'lock local → none'])
  expect(changesBetween(locked, locked)).toEqual([])
})
