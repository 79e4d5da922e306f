/** What a first start suggests on machines of every size, from the list that is shipped. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { chooseSuggested, type SuggestionRoom, suggestedModels } from '../../../router/control/suggested-models.ts'
import { modelMemory } from '../../../router/engine/memory-fit.ts'

const shipped: unknown = JSON.parse(readFileSync(new URL('../../../resources/suggested-models.json', import.meta.url), 'utf8'))
const list = suggestedModels.parse(shipped)
const GIBIBYTE = 1024 ** 3

const machine = (ram: number, isAppleSilicon = true): SuggestionRoom => ({
  contextTokens: 8192,
  ofBytes: modelMemory(null, { ram: ram * GIBIBYTE, isAppleSilicon }),
  diskFreeBytes: 200e9,
  hereBytes: () => 0,
})
const named = (room: SuggestionRoom) => {
  const { quick, best, withoutBest } = chooseSuggested(list, room)
  return [quick.model.name, best?.model.name ?? null, withoutBest]
}

describe('a machine with', () => {
  test.each([
    [4, 'Qwen3 0.6B', null, 'memory'],
    [8, 'Qwen3 0.6B', 'Qwen3 1.7B', null],
    [16, 'Qwen3 0.6B', 'Qwen3 8B', null],
    [32, 'Qwen3 0.6B', 'Qwen3 14B', null],
    [64, 'Qwen3 0.6B', 'Qwen3 30B A3B', null],
  ])('%i GB and Apple silicon gets %s and %s', (ram, quick, best, withoutBest) => {
    expect(named(machine(ram))).toEqual([quick, best, withoutBest])
  })

  test('32 GB of another kind has room for the largest', () => {
    expect(named(machine(32, false))).toEqual(['Qwen3 0.6B', 'Qwen3 30B A3B', null])
  })

  test('a small budget, or a large context, gets a smaller one', () => {
    expect(named({ ...machine(64), ofBytes: 5 * GIBIBYTE })).toEqual(['Qwen3 0.6B', 'Qwen3 4B', null])
    expect(named({ ...machine(16), contextTokens: 40_960 })).toEqual(['Qwen3 0.6B', 'Qwen3 4B', null])
  })
})

describe('a disk', () => {
  test('keeps 5 GB free of the best one; one that is too full for all of them is named', () => {
    expect(named({ ...machine(64), diskFreeBytes: 18e9 })).toEqual(['Qwen3 0.6B', 'Qwen3 14B', null])
    expect(named({ ...machine(64), diskFreeBytes: 14.0e9 })).toEqual(['Qwen3 0.6B', 'Qwen3 8B', null])
    expect(named({ ...machine(64), diskFreeBytes: 6e9 })).toEqual(['Qwen3 0.6B', null, 'disk'])
  })

  test('that a download fills does not change what was suggested, before it ends nor after', () => {
    const file = 'Qwen3-14B-Q4_K_M.gguf'
    const received = (bytes: number): SuggestionRoom => ({
      ...machine(32),
      diskFreeBytes: 15e9 - bytes,
      hereBytes: (model) => (model.file === file ? bytes : 0),
    })
    for (const bytes of [0, 1e9, 5e9, 9_001_752_960]) expect(named(received(bytes))[1]).toBe('Qwen3 14B')
    expect(named({ ...received(9_001_752_960), diskFreeBytes: 1e9 })[1]).toBe('Qwen3 14B')
  })
})

test('a machine that fits none is shown the smallest, with its numbers', () => {
  const { quick, best } = chooseSuggested(list, { ...machine(4), ofBytes: 1e9 })
  expect([quick.model.name, quick.fit.word, best]).toEqual(['Qwen3 0.6B', 'too-large', null])
})

describe('the list', () => {
  test('is Apache-2.0 or MIT, each file once', () => {
    expect(list.filter(({ licence }) => licence !== 'Apache-2.0' && licence !== 'MIT')).toEqual([])
    expect(new Set(list.map(({ file }) => file)).size).toBe(list.length)
  })

  test('is refused without a quick one, with an unknown key, and with a file that would leave the models folder', () => {
    const [first] = list
    expect(suggestedModels.safeParse(list.slice(1)).error?.issues[0]?.message).toBe('one of them has to be quick: 1 GB at most')
    expect(suggestedModels.safeParse([{ ...first, sha: 'x' }]).success).toBe(false)
    expect(suggestedModels.safeParse([{ ...first, file: '../x.gguf' }]).success).toBe(false)
  })
})
