/** Sizes of models by their names, and the ranges of seed 003's `model_size_routing`. */
import { describe, expect, test } from 'vitest'
import { isInRange, parseSize, parseSizeRange, sizeOfName } from '../../../router/policy/model-size.ts'

describe('the size in a name', () => {
  test.each([
    ['llama-7b', 7],
    ['qwen:13b', 13],
    ['llama3.1:8b', 8],
    ['meta-llama/Llama-2-13b-chat-hf', 13],
    ['qwen2.5-coder:7b', 7],
    ['Qwen2.5-0.5B-Instruct', 0.5],
    ['SmolLM2-135M-Instruct.Q4_1.gguf', 0.135],
    ['mixtral-8x7b', 56],
    ['Qwen3-30B-A3B', 30],
    ['gemma-3n-e4b', 4],
    ['deepseek-r1:671b-q4_K_M', 671],
  ])('%s is %d billion', (name, size) => expect(sizeOfName(name)).toBe(size))

  test.each(['gpt-4o-mini', 'llama-cpp-default', 'auto', 'model-q4b', 'v3.1b2', 'claude-opus-4', ''])('%s says nothing', (name) =>
    expect(sizeOfName(name)).toBeNull(),
  )
})

describe('a range', () => {
  test('seed 003, model_size_routing: "< 8B", "8B - 13B", "> 13B" share out every size once', () => {
    const ranges = ['< 8B', '8B - 13B', '> 13B'].map((text) => parseSizeRange(text))
    for (const size of [0.1, 7, 7.9, 8, 10, 13, 13.1, 70]) {
      const found = ranges.filter((range) => range !== null && isInRange(size, range))
      expect([size, found.length]).toEqual([size, 1])
    }
  })

  test.each([
    ['>= 13B', 13, true],
    ['>13b', 13, false],
    ['<= 8', 8, true],
    ['== 8B', 8, true],
    ['8B', 8, true],
    ['500M - 1B', 0.5, true],
    ['8B-13B', 13.5, false],
  ])('%s and %d: %s', (text, size, isInside) => {
    const range = parseSizeRange(text)
    expect(range && isInRange(size, range)).toBe(isInside)
  })

  test.each(['', 'large', '8B - ', '13B - 8B', '1B - 2B - 3B', '< ', '>> 3B', '-1B', 'NaNB'])('%j is none', (text) =>
    expect(parseSizeRange(text)).toBeNull(),
  )

  test('a size is a number with B, M or nothing behind it', () => {
    expect([parseSize('13B'), parseSize('135M'), parseSize(' 7 '), parseSize('b'), parseSize('1e3B')]).toEqual([13, 0.135, 7, null, null])
  })
})
