import { describe, expect, test } from 'vitest'
import { fitOf, modelMemory } from '../../../router/engine/memory-fit.ts'

const GIB = 1024 ** 3
/** Llama 3.1 8 B. */
const layout = { layers: 32, heads: 32, kvHeads: 8, embedding: 4096 }
const shape = { sizeBytes: 4.92e9, parameters: 8.03e9, trainedContext: 131_072, layout }

describe('a fit', () => {
  test('counts the file, keys and values for the context in 16 bits, and what works on them', () => {
    const { needs_bytes } = fitOf(shape, { contextTokens: 8192, ofBytes: 12e9 })
    expect(needs_bytes).toBe(4.92e9 + 8192 * 131_072 + 400e6)
  })

  test('takes no more context than the model was trained for', () => {
    const options = { contextTokens: 32_768, ofBytes: 12e9 }
    expect(fitOf({ ...shape, trainedContext: 2048 }, options).needs_bytes).toBe(4.92e9 + 2048 * 131_072 + 400e6)
    expect(fitOf({ ...shape, trainedContext: null }, options).needs_bytes).toBe(4.92e9 + 32_768 * 131_072 + 400e6)
  })

  test.each([
    [12e9, 'fits', /^Needs about 6\.4 GB with a context of 8192 tokens; models may take 12\.0 GB of this machine\.$/],
    [7e9, 'tight', /so no other model stays loaded beside it\.$/],
    [6e9, 'too-large', /A smaller quantisation may fit\.$/],
  ])('of %i bytes is %s, and says so with the numbers', (ofBytes, word, words) => {
    const fit = fitOf(shape, { contextTokens: 8192, ofBytes })
    expect([fit.word, fit.of_bytes]).toEqual([word, ofBytes])
    expect(fit.why).toMatch(words)
  })

  // Keys and values of a token as the models' own shapes give them: Llama 3 1 B, 8 B, 70 B.
  test.each([
    [1.24e9, 16 * 8 * 64 * 4],
    [8.03e9, 32 * 8 * 128 * 4],
    [70.6e9, 80 * 8 * 128 * 4],
  ])('of a model of %i weights whose shape is not known is on the safe side, and not far from it', (parameters, bytesPerToken) => {
    const needs = fitOf({ sizeBytes: 1e9, parameters, trainedContext: null, layout: null }, { contextTokens: 8192, ofBytes: 1e12 }).needs_bytes
    const estimated = (needs - 1e9 - 400e6) / 8192
    expect(estimated).toBeGreaterThanOrEqual(bytesPerToken)
    expect(estimated).toBeLessThan(bytesPerToken * 1.7)
  })
})

describe('the memory for models', () => {
  test.each([
    [null, 8, false, 4],
    [null, 32, false, 28],
    [null, 16, true, (16 * 2) / 3 - 0.5],
    [null, 64, true, 47.5],
    [10 * GIB, 64, true, 10],
  ])('with a budget of %s, %i GiB and Apple silicon %s', (budget, ram, isAppleSilicon, expected) => {
    expect(modelMemory(budget, { ram: ram * GIB, isAppleSilicon }) / GIB).toBeCloseTo(expected, 6)
  })
})
