/** What the panel's rules become when one is added, changed, moved or removed, and the entry that a form stands for. */
import { describe, expect, test } from 'vitest'
import { draftOf, entryOf } from '../../../renderer/routing/rule-draft.ts'
import { movedRule, withoutRule, withRule } from '../../../renderer/routing/rule-edits.ts'

const patterns = [{ pattern: 'a' }, { pattern: 'b' }, { pattern: 'a' }]
const request_metadata_routing = { one: { condition: 'stream' }, two: { condition: 'has_tools' } }

describe('a list', () => {
  test('is changed at an index, whatever stands twice in it', () => {
    expect(withRule({ patterns }, 'pattern', { at: 2, name: 'c', entry: { pattern: 'c' } })).toEqual({
      patterns: [...patterns.slice(0, 2), { pattern: 'c' }],
    })
    expect(withoutRule({ patterns }, 'pattern', 0)).toEqual({ patterns: patterns.slice(1) })
    expect(withRule({}, 'size', { at: null, name: '> 8B', entry: { size: '> 8B' } })).toEqual({ model_size_routing: [{ size: '> 8B' }] })
  })
  test('moves by one, and not beyond its ends', () => {
    expect(movedRule({ patterns }, 'pattern', 1, -1)).toEqual({ patterns: [{ pattern: 'b' }, { pattern: 'a' }, { pattern: 'a' }] })
    expect(movedRule({ patterns }, 'pattern', 0, -1)).toEqual({ patterns })
    expect(movedRule({ patterns }, 'pattern', 2, 1)).toEqual({ patterns })
  })
})

describe('a map', () => {
  test('keeps the place of a rule that is renamed, and its order is what is asked first', () => {
    const renamed = withRule({ request_metadata_routing }, 'metadata', { at: 'one', name: 'uno', entry: { condition: 'stream' } })
    expect(Object.keys(renamed.request_metadata_routing ?? {})).toEqual(['uno', 'two'])
    expect(Object.keys(movedRule({ request_metadata_routing }, 'metadata', 'two', -1).request_metadata_routing ?? {})).toEqual(['two', 'one'])
  })
  test('goes with its last rule', () => {
    expect(withoutRule({ exact_matches: { x: {} }, patterns }, 'exact', 'x')).toEqual({ patterns })
    expect(withoutRule({ smart_routing: {} }, 'smart', null)).toEqual({})
  })
})

test.each([
  ['pattern', 'p', { pattern: 'p', provider: 'a', model: 'x-$1', fallback: null, reason: 'mine' }],
  ['exact', 'e', { providers: ['a', 'b'], preferred_models: ['x', 'y'], fallback: 'chain', strategy: 'p2c' }],
  ['capability', 'c', { preferred_models: ['x'], min_model_size: '13B', min_context: 8192 }],
  ['metadata', 'm', { condition: 'stream', provider: 'a' }],
] as const)('a form that nobody changes leaves the entry as it was: %s', (kind, name, entry) => {
  expect(entryOf(kind, draftOf(name, entry), entry)).toEqual(entry)
})
