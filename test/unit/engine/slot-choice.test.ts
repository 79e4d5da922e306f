import { describe, expect, test } from 'vitest'
import { chooseSlot, commonPrefix } from '../../../router/engine/slot-choice.ts'

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index)
const slot = (tokens: number[], busy = false, lastUse = 1) => ({ tokens, busy, lastUse })
const system = numbers(0, 200)

describe('the choice of a slot', () => {
  test('takes the idle slot with the longest common prefix', () => {
    const prompt = [...system, ...numbers(1000, 50)]
    expect(chooseSlot(prompt, [slot(numbers(0, 100)), slot([...system, 1000, 1001]), slot([])], true)).toEqual({
      slot: 1,
      copyFrom: null,
      shared: 202,
    })
  })

  test('below 64 shared tokens takes the least recently used', () => {
    const slots = [slot([...numbers(0, 63), ...numbers(900, 30)], false, 3), slot(numbers(500, 10), false, 1), slot([], false, 2)]
    expect(chooseSlot(system, slots, true)).toEqual({ slot: 1, copyFrom: null, shared: 0 })
  })

  test('stays where a short conversation goes on', () => {
    expect(chooseSlot(system, [slot(numbers(0, 30), false, 3), slot([], false, 0)], true)).toEqual({ slot: 0, copyFrom: null, shared: 30 })
  })

  test('copies from a busy slot that shares 128 tokens more', () => {
    const prompt = [...system, ...numbers(2000, 20)]
    expect(chooseSlot(prompt, [slot([...system, 5, 6], true), slot([], false, 0)], true)).toEqual({ slot: 1, copyFrom: 0, shared: 200 })
    expect(chooseSlot(prompt, [slot([...system, 5, 6], true), slot([], false, 0)], false)).toEqual({ slot: 1, copyFrom: null, shared: 0 })
    expect(chooseSlot(prompt, [slot(numbers(0, 100), true), slot([], false, 0)], true)?.copyFrom, '100 tokens are not worth it').toBeNull()
  })

  test('does not take a long idle conversation away for its system prompt', () => {
    const long = [...system, ...numbers(5000, 600)]
    expect(chooseSlot([...system, 1, 2], [slot(long, false, 5), slot([], false, 0)], true)).toEqual({ slot: 1, copyFrom: 0, shared: 200 })
    expect(chooseSlot([...long, 1, 2], [slot(long, false, 5), slot([], false, 0)], true), 'its own next turn stays').toEqual({
      slot: 0,
      copyFrom: null,
      shared: 800,
    })
  })

  test('is null when every slot is busy', () => {
    expect(chooseSlot(system, [slot(system, true)], true)).toBeNull()
  })
})

test('the common prefix ends at the first difference', () => {
  expect(commonPrefix([1, 2, 3], [1, 2, 4, 3])).toBe(2)
  expect(commonPrefix([], [1])).toBe(0)
  expect(commonPrefix([1, 2], [1, 2])).toBe(2)
})
