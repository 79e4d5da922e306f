/** Conditions: the seeds' spelling and CEL itself mean what they say; what is wrong is refused when it is loaded, and nothing throws later. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ConditionFacts } from '../../../router/core/rules.ts'
import { ConditionError, compileCondition } from '../../../router/policy/condition.ts'

const facts: ConditionFacts = {
  headers: {},
  model: 'm',
  modelSize: null,
  stream: false,
  promptTokens: 10,
  contextTokens: 20,
  batchSize: 1,
  hasTools: false,
  hasImages: false,
  wantsJson: false,
  isCode: false,
  isMath: false,
  hardness: 0,
  turns: 1,
  hour: 12,
  weekday: 3,
  isUnavailable: () => false,
  isLimited: () => false,
}
const holds = (text: string, changes: Partial<ConditionFacts> = {}) => compileCondition(text).holds({ ...facts, ...changes })

/** A condition with what it has to mean; a rank binds the tighter the higher it is. */
interface Tree {
  readonly rank: number
  readonly text: string
  is(on: ReadonlySet<string>): boolean
}

function joined(word: 'and' | 'or', rank: number, a: Tree, b: Tree): Tree {
  const part = (each: Tree) => (each.rank >= rank ? each.text : `(${each.text})`)
  return { rank, text: `${part(a)} ${word} ${part(b)}`, is: word === 'and' ? (on) => a.is(on) && b.is(on) : (on) => a.is(on) || b.is(on) }
}

describe('the conditions of seed 003', () => {
  test('header.x-priority == "high"', () => {
    const text = 'header.x-priority == "high"'
    expect(holds(text, { headers: { 'x-priority': 'high' } })).toBe(true)
    expect(holds(text, { headers: { 'x-priority': 'low' } })).toBe(false)
    expect(holds(text)).toBe(false)
    expect(compileCondition(text).headers).toEqual(['x-priority'])
  })
  test('batch_size > 1', () => expect([holds('batch_size > 1'), holds('batch_size > 1', { batchSize: 2 })]).toEqual([false, true]))
  test('stream == true', () => expect([holds('stream == true'), holds('stream == true', { stream: true })]).toEqual([false, true]))
  test('model_size >= "13B"', () => {
    const text = 'model_size >= "13B"'
    expect([7, 13, 70].map((modelSize) => holds(text, { modelSize }))).toEqual([false, true, true])
    expect(holds(text)).toBe(false) // a size that nobody knows is not larger than anything
  })
  test('ollama_unavailable', () => {
    const condition = compileCondition('ollama_unavailable')
    expect(condition.providers).toEqual(['ollama'])
    expect(condition.holds({ ...facts, isUnavailable: (name) => name === 'ollama' })).toBe(true)
    expect(condition.holds(facts)).toBe(false)
    expect(holds('llama_cpp_python_limited', { isLimited: (name) => name === 'llama_cpp_python' })).toBe(true)
  })
  test('always', () => expect(holds('always')).toBe(true))
})

describe('the language', () => {
  test.each([
    ['stream and not has_tools', { stream: true }, true],
    ['stream && !has_tools', { stream: true, hasTools: true }, false],
    ['prompt_tokens > 4000 or has_images', { promptTokens: 5000 }, true],
    ['hour >= 22 || hour < 7', { hour: 23 }, true],
    ['weekday in [6, 7]', { weekday: 6 }, true],
    ['model.startsWith("meta-llama/")', { model: 'meta-llama/x' }, true],
    ['header["X-Team"] == "batch"', { headers: { 'x-team': 'batch' } }, true],
    ['header.x-team != "batch"', {}, true],
    ['model_size > 0.5 && model_size <= 8', { modelSize: 7 }, true],
    ['"500M" < model_size', { modelSize: 0.6 }, true],
    ['header.x-note == "always and ollama_unavailable"', { headers: { 'x-note': 'always and ollama_unavailable' } }, true],
  ] as const)('%s', (text, changes, expected) => expect(holds(text, changes)).toBe(expected))

  test.each([
    ['not model_size >= "13B"', { modelSize: 7 }, true],
    ['not model_size >= "13B"', { modelSize: 13 }, false],
    ['not "13B" <= model_size', { modelSize: 7 }, true],
    ['not (stream or has_tools)', { hasTools: true }, false],
    ['not (stream) and has_tools', { hasTools: true }, true],
    ['not stream and has_tools', { stream: true }, false],
    ['not stream or has_tools', { hasTools: true, stream: true }, true],
    ['has_tools and not prompt_tokens > 100 and stream', { hasTools: true, stream: true }, true],
    ['(not batch_size > 1) == true', {}, true],
    ['not not stream', { stream: true }, true],
    ['NOT header.x-team == "not a and b"', { headers: { 'x-team': 'not a and b' } }, false],
    ['not header["x-team"] == "b"', { headers: { 'x-team': 'b' } }, false],
    ['not header.x-team == "b"', {}, true],
    ['not weekday in [6, 7]', { weekday: 6 }, false],
    ['not stream ? has_tools : has_images', { hasTools: true }, true],
    ['stream ? not has_tools : has_images', { stream: true }, true],
    ['!stream', {}, true],
    ['!stream && has_tools', { hasTools: true }, true],
    ['not !stream', {}, false],
    ['not ollama_unavailable', {}, true],
    ['!ollama_unavailable', {}, true],
    ['not ollama_unavailable and not always', {}, false],
  ] as const)('%s, with not looser than a comparison and tighter than and', (text, changes, expected) => expect(holds(text, changes)).toBe(expected))

  test('any mixture of not, and, or, comparisons and brackets means what the table of precedence says', () => {
    const flag = fc.constantFrom('stream', 'has_tools', 'has_images').map((name): Tree => ({ rank: 4, text: name, is: (on) => on.has(name) }))
    const comparison = fc
      .constantFrom('stream', 'has_tools', 'has_images')
      .map((name): Tree => ({ rank: 3, text: `${name} == true`, is: (on) => on.has(name) }))
    const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        flag,
        comparison,
        tie('tree').map((of): Tree => ({ rank: 2, text: `not ${of.rank >= 2 ? of.text : `(${of.text})`}`, is: (on) => !of.is(on) })),
        fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => joined('and', 1, a, b)),
        fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => joined('or', 0, a, b)),
      ),
    }))
    fc.assert(
      fc.property(tree, fc.subarray(['stream', 'has_tools', 'has_images']), ({ text, is }, on) => {
        const has = (name: string) => on.includes(name)
        expect(holds(text, { stream: has('stream'), hasTools: has('has_tools'), hasImages: has('has_images') })).toBe(is(new Set(on)))
      }),
    )
  })

  test.each([
    ['foo > 1', 'Unknown variable: foo'],
    ['not', ''],
    ['not and stream', ''],
    ['stream not', ''],
    ['not (stream', ''],
    ['prompt_tokens', 'not a yes or no'],
    ['stream ==', ''],
    ['process.exit(1)', ''],
    ['constructor.constructor("return 1")()', ''],
    [`${'('.repeat(3000)}`, 'at most 2000 characters'],
    [`${'!'.repeat(500)}stream`, ''],
    ['', ''],
  ])('%j is refused when it is loaded', (text, words) => {
    expect(() => compileCondition(text)).toThrow(ConditionError)
    expect(() => compileCondition(text)).toThrow(words)
  })

  test('what goes wrong while it is asked is a no', () => expect(holds('10 / (batch_size - 1) > 1')).toBe(false))

  test('any text is either refused in a sentence or answers yes or no', () => {
    const words = [
      'stream',
      'model_size',
      'header.x-a',
      '"13B"',
      '"',
      '(',
      ')',
      '>',
      '==',
      'and',
      'not',
      'x_unavailable',
      '1',
      '[',
      'a',
      '.',
      '-',
      '__proto__',
    ]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 12 }), (parts) => {
        try {
          expect(typeof compileCondition(parts.join(' ')).holds(facts)).toBe('boolean')
        } catch (error) {
          expect(error).toBeInstanceOf(ConditionError)
        }
      }),
    )
  })
})
