/** The quick look before RE2 changes no answer, and many patterns load in a moment. */
import fc from 'fast-check'
import { RE2JS } from 're2js'
import { expect, test } from 'vitest'
import { compilePattern, edgesOf } from '../../../router/config/name-pattern.ts'
import { load, warningsOf } from './configuration-files.ts'

test.each([
  ['^meta-llama/.*', 'meta-llama/', ''],
  [String.raw`.*\.gguf$`, '', '.gguf'],
  [String.raw`.*:\d+[bB]$`, '', ''],
  ['^org/(.*)$', 'org/', ''],
  ['^gpt-4o$', 'gpt-4o', 'gpt-4o'],
  ['^ab*c$', 'a', 'c'],
  ['^ab+c$', 'a', 'c'],
  ['^ab{0}$', 'a', ''],
  ['^a|b$', '', ''],
  ['(?i)^Org/x$', '', ''],
  [String.raw`^a\d$`, 'a', ''],
  [String.raw`a\\d$`, '', ''],
  [String.raw`^\^x\$$`, '^x$', '^x$'],
  ['llama', '', ''],
])('%s begins with %j and ends with %j', (pattern, begins, ends) => expect(edgesOf(pattern)).toEqual({ begins, ends }))

test('every pattern takes the same names with the look and without', () => {
  const piece = fc.constantFrom(
    'a',
    'b',
    'A',
    '/',
    '.',
    '.*',
    '\\.',
    '\\d',
    '\\$',
    '\\\\',
    '[ab]',
    '(a|b)',
    '(ab)',
    '^',
    '$',
    '+',
    '*',
    '?',
    '{2}',
    ':',
    '-',
    '\\Q',
    '(?i)',
    '\\w',
  )
  const name = fc.array(fc.constantFrom('a', 'b', 'A', '/', '.', '7', '$', '\\', ':', '-', '^'), { maxLength: 6 }).map((chars) => chars.join(''))
  let compiled = 0
  fc.assert(
    fc.property(
      fc.array(piece, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      fc.boolean(),
      fc.array(name, { minLength: 8, maxLength: 8 }),
      (pieces, from, to, names) => {
        const pattern = `${from ? '^' : ''}${pieces.join('')}${to ? '$' : ''}`
        let plain: RE2JS
        try {
          plain = RE2JS.compile(pattern)
        } catch {
          return
        }
        compiled++
        const matches = compilePattern(pattern)
        for (const each of names) expect([pattern, each, matches(each)]).toEqual([pattern, each, plain.matcher(each).find()])
      },
    ),
    { numRuns: 20_000, seed: 20_261_130 },
  )
  expect(compiled).toBeGreaterThan(5_000)
})

test('a pattern may ask its provider for what a group holds, and for no group that it has not', async () => {
  const catalog = await load({ 'routing.yaml': 'patterns: [{pattern: "^lab/(.*)$", provider: ollama, model: "x-$1"}]\n' })
  expect(catalog.rules.patterns[0]?.asksFor?.('lab/qwen')).toBe('x-qwen')
  await expect(load({ 'routing.yaml': 'patterns: [{pattern: "^lab/(.*)$", provider: ollama, model: "$2"}]\n' })).rejects.toThrow(
    'model "$2": the pattern has 1 groups, no $2',
  )
})

test('each pattern is warned of once, with the first that takes its names', async () => {
  const catalog = await load({
    'routing.yaml':
      'patterns:\n  - {pattern: "^a", provider: ollama}\n  - {pattern: "^ab", provider: ollama}\n  - {pattern: "^abc", provider: ollama}\n',
  })
  expect(warningsOf(catalog)).toEqual([
    'routing.yaml:3: patterns "^a" (routing.yaml:2) and "^ab" both take "ab"; the first one wins',
    'routing.yaml:4: patterns "^a" (routing.yaml:2) and "^abc" both take "abc"; the first one wins',
  ])
})
