/** The error table and its document say the same, in both directions; every kind survives being thrown. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { asHeadgateError, type ErrorKind, type ErrorRule, errorKinds, errorTable, HeadgateError } from '../../../router/core/errors.ts'

const document = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')

const yesNo = (value: boolean) => (value ? 'yes' : 'no')
const documented = (kind: ErrorKind) => {
  const rule: ErrorRule = errorTable[kind]
  return [
    `\`${kind}\``,
    String(rule.status),
    `\`${rule.code}\``,
    yesNo(rule.mayRetrySame),
    rule.mayGoNext === 'larger-context' ? 'larger context' : yesNo(rule.mayGoNext),
    rule.fault,
    yesNo(rule.countsAgainstHealth),
    rule.meaning,
  ]
}

/** Cells of the table under a heading, without its head. */
function tableUnder(heading: string): string[][] {
  const section = document.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  const rows = section.split('\n').filter((line) => line.startsWith('|'))
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

describe('docs/errors.md', () => {
  test('has every kind of the table, in its order and with its values, and no other', () => {
    expect(tableUnder('Kinds')).toEqual(errorKinds.map(documented))
  })

  describe('lists the finer codes', () => {
    const folder = new URL('../../../router/', import.meta.url)
    const source = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => readFileSync(new URL(path, folder), 'utf8'))
      .join('\n')
    const finer = tableUnder('Finer codes').map(([code = '', kind = '']) => ({ code: code.replaceAll('`', ''), kind }))
    // What the code writes as a code; `custom` is a word of zod.
    const written = new Set([...source.matchAll(/\b(?:code: '|fail\('(?=upstream_))([a-z]+(?:_[a-z]+)*)'/g)].map(([, code]) => code as string))
    written.delete('custom')

    test('that the router writes', () => {
      const known = [...finer.map(({ code }) => code), ...errorKinds.map((kind) => errorTable[kind].code)]
      expect([...written].filter((code) => !known.includes(code))).toEqual([])
    })

    test('and no others, each once and of a kind that exists', () => {
      expect(finer.filter(({ code }) => !source.includes(`'${code}'`))).toEqual([])
      expect(finer.filter(({ kind }) => !(kind in errorTable))).toEqual([])
      expect(new Set(finer.map(({ code }) => code)).size).toBe(finer.length)
    })
  })
})

describe('the table', () => {
  const rules = errorKinds.map((kind) => [kind, errorTable[kind] as ErrorRule] as const)

  test('never answers a fault of ours or of a provider with a 401', () => {
    expect(rules.filter(([, { status }]) => status === 401).map(([kind]) => kind)).toEqual(['unauthenticated'])
    expect(rules.filter(([, { status, fault }]) => fault !== 'caller' && status < 429).map(([kind]) => kind)).toEqual([])
  })

  test('counts against health only what is the fault of a deployment, and lets all of that go on', () => {
    const counted = rules.filter(([, rule]) => rule.countsAgainstHealth)
    expect(counted.filter(([, { fault, mayGoNext }]) => fault !== 'deployment' || mayGoNext !== true)).toEqual([])
  })

  test('sends nothing elsewhere for what the caller did wrong, but for a longer context', () => {
    const elsewhere = rules.filter(([, { fault, mayGoNext }]) => fault === 'caller' && mayGoNext !== false)
    expect(elsewhere.map(([kind, { mayGoNext }]) => [kind, mayGoNext])).toEqual([['context-too-long', 'larger-context']])
  })

  test('has one code per kind, in snake case, and one sentence per meaning', () => {
    const codes = rules.map(([, { code }]) => code)
    expect(new Set(codes).size).toBe(codes.length)
    expect(codes.filter((code) => !/^[a-z]+(_[a-z]+)*$/.test(code))).toEqual([])
    expect(rules.filter(([, { meaning }]) => !/^[A-Z0-9].*\.$/.test(meaning))).toEqual([])
  })
})

describe('a HeadgateError', () => {
  test.each(errorKinds)('%s has status, code and rule of its kind', (kind) => {
    const error = new HeadgateError(kind, 'what happened')
    expect({ status: error.status, code: error.code, rule: error.rule }).toEqual({
      status: errorTable[kind].status,
      code: errorTable[kind].code,
      rule: errorTable[kind],
    })
    expect(error).toBeInstanceOf(Error)
  })

  test('takes a finer code and status, and keeps its cause', () => {
    const cause = new Error('socket')
    const error = new HeadgateError('invalid-request', 'too large', { status: 413, code: 'request_too_large', cause })
    expect([error.status, error.code, error.cause]).toEqual([413, 'request_too_large', cause])
    expect('cause' in new HeadgateError('paused', 'paused')).toBe(false)
  })

  test('is passed on as it is; anything else thrown becomes internal and stays the cause', () => {
    const known = new HeadgateError('stalled', 'stalled')
    expect(asHeadgateError(known)).toBe(known)
    for (const thrown of [new TypeError('x is not a function'), 'a text', undefined]) {
      const error = asHeadgateError(thrown)
      expect([error.kind, error.status, error.details.cause]).toEqual(['internal', 500, thrown])
    }
    expect(asHeadgateError(new TypeError('x is not a function')).message).toContain('x is not a function')
  })
})
