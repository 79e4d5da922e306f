// biome-ignore-all lint/suspicious/noTemplateCurlyInString: configuration files write variables so
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ConfigurationError } from '../../../router/config/index.ts'
import { parseYamlText, yamlLimits } from '../../../router/config/yaml-text.ts'
import { folderWith, load, loadFolder, refusal } from '../../unit/config/configuration-files.ts'

const keep = (text: string) => text
const parse = (text: string) => parseYamlText('x.yaml', text, keep)

/** The file, or its refusal: anything else fails the test. */
function outcome(text: string): 'loaded' | string {
  try {
    parse(text)
    return 'loaded'
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    return error.message
  }
}

test('billion laughs: aliases that multiply are refused by their number', () => {
  const levels = Array.from({ length: 9 }, (_, n) => `l${n + 1}: &l${n + 1} [${Array(9).fill(`*l${n}`).join(', ')}]`)
  expect(outcome(`l0: &l0 lol\n${levels.join('\n')}\n`)).toBe('more than 20 aliases')
})

test('few aliases of much are refused by the values that they stand for', () => {
  const levels = Array.from({ length: 10 }, (_, n) => `l${n + 1}: &l${n + 1} [*l${n}, *l${n}]`)
  expect(outcome(`l0: &l0 [${Array(5000).fill(1).join(', ')}]\n${levels.join('\n')}\n`)).toBe(`more than ${yamlLimits.values} values`)
})

test('an alias inside what it names is refused', () => {
  expect(outcome('a: &a [*a]\n')).toBe('the alias *a stands inside what it names')
})

test('an alias means the anchor that was written last before it', () => {
  expect(parse('a: &x 1\nb: *x\nc: &x 2\nd: *x\n').value).toEqual({ a: 1, b: 1, c: 2, d: 2 })
})

test('a merge bomb of 500 KB is refused by its size before it is parsed', async () => {
  const bomb = `a: &a {k: 1}\n${Array.from({ length: 40_000 }, (_, n) => `b${n}: {<<: *a}`).join('\n')}\n`
  expect(Buffer.byteLength(bomb)).toBeGreaterThan(500_000)
  expect(await refusal({ 'routing.yaml': bomb })).toBe('routing.yaml:1: the file is larger than 256 KiB')
})

test('a file of the largest size with one key a line is read', () => {
  const text = Array.from({ length: 20_000 }, (_, n) => `key${n}: 1`).join('\n')
  expect(Object.keys(parse(text).value)).toHaveLength(20_000)
})

test.each([
  ['[', 100_000],
  ['[]', 100_000],
  ['{a: ', 60_000],
  ['- ', 100_000],
  ['? ', 100_000],
  [': ', 100_000],
  [']', 100_000],
  ['"\n', 50_000],
])(
  '%j over and over is refused',
  (unit, count) => {
    expect(outcome(unit.repeat(count))).not.toBe('loaded')
  },
  60_000,
)

test('depth: 20 levels are read, 21 are not', () => {
  const nested = (levels: number) => `a: ${'['.repeat(levels)}${']'.repeat(levels)}`
  expect(outcome(nested(19))).toBe('loaded')
  expect(outcome(nested(21))).toBe('nested deeper than 20 levels')
})

test.each(['__proto__: {polluted: 1}\n', 'split: {__proto__: {polluted: 1}}\n', '? [a]\n: 1\n', '? {a: 1}\n: 1\n', '? &a x\n: 1\n? *a\n: 2\n'])(
  '%j is refused and changes nothing',
  (text) => {
    expect(outcome(text)).not.toBe('loaded')
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  },
)

test('a message of the parser never quotes the source', () => {
  for (const text of [
    'api_key: "sk-secret\n',
    'a: {api_key: sk-secret: b}\n',
    'api_key: @sk-secret\n',
    'sk-secret: 1: 2\n',
    '"\\sk-secret": 1\n',
    '!sk-secret x: 1\n',
    'a: *sk-secret\nsk-secret\n',
  ])
    expect(outcome(text).replace('*sk-secret', '').replace('&sk-secret', '')).not.toContain('sk-secret')
})

test('any text of some KB either loads or is refused', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'split:',
      'models:',
      'providers:',
      '- ',
      '  ',
      '\n',
      '{',
      '}',
      '[',
      ']',
      ': ',
      ', ',
      '&a ',
      '*a',
      '<<: ',
      '!!str ',
      '!x ',
      '|\n',
      '>-\n',
      '"',
      "'",
      '#',
      '? ',
      '---\n',
      '...\n',
      '%YAML 1.1\n',
      '${A}',
      '${',
      'null',
      '.nan',
      '0x1',
      '\t',
      '\0',
      '\u2028',
      '\uFEFF',
    ),
    fc.string({ unit: 'binary', maxLength: 20 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 300 }), (pieces) => {
      outcome(pieces.join(''))
    }),
    { numRuns: 400 },
  )
}, 60_000)

test('any YAML of known keys with any values either loads or is refused with the file', async () => {
  const value = fc.jsonValue({ maxDepth: 4 })
  const key = fc.constantFrom(
    'providers',
    'models',
    'default',
    'split',
    'timeouts',
    'strategy',
    'local_deployment',
    'router_settings',
    'engine',
    'logging',
    'host_names',
  )
  await fc.assert(
    fc.asyncProperty(fc.dictionary(key, value), async (content) => {
      expect(await refusal({ 'x.yaml': JSON.stringify(content) })).toMatch(/^(loaded|x\.yaml:\d+: .+)$/s)
    }),
    { numRuns: 60 },
  )
}, 60_000)

test('what is no text, no file or not there is refused or passed over', async () => {
  const folder = await folderWith({
    'routing.yaml': 'strategy: random\n',
    '.hidden.yaml': ': : :',
    'notes.txt': ': : :',
    'backup.yaml~': ': : :',
    'folder.yaml/x': '',
  })
  execFileSync('mkfifo', [join(folder, 'pipe.yaml')])
  expect((await loadFolder(folder)).strategy).toBe('random')
  expect((await loadFolder(join(folder, 'not-there'))).files).toEqual([])
})

test('bytes that are not UTF-8 are refused, a byte order mark is not', async () => {
  const folder = await folderWith({ 'b.yaml': '\uFEFFstrategy: random\n' })
  expect((await loadFolder(folder)).strategy).toBe('random')
  await expect(load({ 'b.yaml': Buffer.from([0x61, 0x3a, 0xff]) as unknown as string })).rejects.toThrow('it is not UTF-8 text')
})
