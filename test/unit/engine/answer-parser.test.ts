import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AnswerPart } from '../../../router/core/conversation.ts'
import { type AnswerSyntax, callTrigger, createAnswerParser } from '../../../router/engine/answer-parser.ts'

const hermes = {
  open: '<tool_call>\n{"name": "',
  next: '\n<tool_call>\n{"name": "',
  afterName: '", "arguments": ',
  suffix: '}\n</tool_call>',
  sectionSuffix: '',
  stringified: false,
}
const mistral = {
  open: '[TOOL_CALLS] [{"name": "',
  next: ', {"name": "',
  afterName: '", "arguments": ',
  suffix: '}',
  sectionSuffix: ']',
  stringified: false,
}
const plain: AnswerSyntax = { thought: null, startsInThought: false, calls: null, callsOnly: false, stops: [] }
const thinking = { ...plain, thought: { prefix: '<think>\n', suffix: '\n</think>' } }

/** Parts of a text fed in pieces, adjacent ones of a kind joined. */
function parse(syntax: AnswerSyntax, pieces: readonly string[]) {
  let calls = 0
  const parser = createAnswerParser(syntax, () => `call_${calls++}`)
  const parts: AnswerPart[] = []
  for (const piece of pieces) parts.push(...parser.push(piece))
  parts.push(...parser.flush())
  return { parts: joined(parts), parser }
}

function joined(parts: readonly AnswerPart[]): AnswerPart[] {
  const out: AnswerPart[] = []
  for (const part of parts) {
    const last = out.at(-1)
    if (last && 'text' in last && 'text' in part && last.type === part.type) out[out.length - 1] = { ...last, text: last.text + part.text }
    else out.push(part)
  }
  return out
}

const letters = (text: string) => [...text]

describe('stop strings', () => {
  test('end the answer before them, across any cut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 })), (cuts) => {
        const pieces = cut('Hello there STOP and more', cuts)
        const { parts, parser } = parse({ ...plain, stops: ['STOP', '###'] }, pieces)
        expect(parts).toEqual([{ type: 'text', text: 'Hello there ' }])
        expect(parser.stopped).toBe(true)
      }),
    )
  })

  test('that never become whole are shown in the end', () => {
    expect(parse({ ...plain, stops: ['STOP'] }, letters('a STO')).parts).toEqual([{ type: 'text', text: 'a STO' }])
  })

  test('in reasoning and in arguments do not count', () => {
    const syntax = { ...thinking, calls: hermes, stops: ['city'] }
    const { parts, parser } = parse(syntax, ['<think>\nwhich city?\n</think>\n\n<tool_call>\n{"name": "w", "arguments": {"city": 1}}\n</tool_call>'])
    expect(parser.stopped).toBe(false)
    expect(parts).toEqual([
      { type: 'reasoning', text: 'which city?' },
      { type: 'tool-call', index: 0, id: 'call_0', name: 'w' },
      { type: 'tool-arguments', index: 0, text: '{"city": 1}' },
    ])
  })
})

describe('reasoning', () => {
  test('is told from text, however it is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 4 })), (cuts) => {
        expect(parse(thinking, cut('<think>\nfirst\nthen\n</think>\n\nThe answer.', cuts)).parts).toEqual([
          { type: 'reasoning', text: 'first\nthen' },
          { type: 'text', text: 'The answer.' },
        ])
      }),
    )
  })

  test('that the prompt opened starts at once', () => {
    expect(parse({ ...thinking, startsInThought: true }, letters('hm\n</think>\nyes')).parts).toEqual([
      { type: 'reasoning', text: 'hm' },
      { type: 'text', text: 'yes' },
    ])
  })
})

describe('tool calls', () => {
  test('stream their arguments after name and id', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 6 })), (cuts) => {
        const text = 'Let me see.\n<tool_call>\n{"name": "get_weather", "arguments": {"city": "Pa}ris\\"", "days": [1, 2]}}\n</tool_call>'
        const { parts, parser } = parse({ ...plain, calls: hermes }, cut(text, cuts))
        expect(parts).toEqual([
          { type: 'text', text: 'Let me see.' },
          { type: 'tool-call', index: 0, id: 'call_0', name: 'get_weather' },
          { type: 'tool-arguments', index: 0, text: '{"city": "Pa}ris\\"", "days": [1, 2]}' },
        ])
        expect(parser.completeCalls).toBe(1)
      }),
    )
  })

  test.each([
    [
      'one after the other',
      hermes,
      '<tool_call>\n{"name": "a", "arguments": {}}\n</tool_call>\n<tool_call>{"name":"b","arguments":{"x":1}}</tool_call>',
    ],
    ['in one section', mistral, '[TOOL_CALLS] [{"name": "a", "arguments": {}}, {"name": "b", "arguments": {"x":1}}]'],
  ])('in parallel, %s', (_, calls, text) => {
    for (const pieces of [[text], letters(text)])
      expect(parse({ ...plain, calls }, pieces).parts).toEqual([
        { type: 'tool-call', index: 0, id: 'call_0', name: 'a' },
        { type: 'tool-arguments', index: 0, text: '{}' },
        { type: 'tool-call', index: 1, id: 'call_1', name: 'b' },
        { type: 'tool-arguments', index: 1, text: '{"x":1}' },
      ])
  })

  test('that break off their form are shown as text', () => {
    const text = 'see <tool_call> is how I call'
    expect(parse({ ...plain, calls: hermes }, letters(text)).parts).toEqual([{ type: 'text', text }])
    expect(parse({ ...plain, calls: hermes }, ['<tool_call>\n{"na']).parts).toEqual([{ type: 'text', text: '<tool_call>\n{"na' }])
  })

  test('are text where the request has no tools', () => {
    const text = '<tool_call>\n{"name": "a", "arguments": {}}'
    expect(parse(plain, letters(text)).parts).toEqual([{ type: 'text', text }])
  })

  test('with arguments inside a JSON string are unwrapped', () => {
    const calls = { ...hermes, afterName: '", "arguments": "', suffix: '}\n</tool_call>', stringified: true }
    const text = '<tool_call>\n{"name": "a", "arguments": "{\\"x\\": \\"y\\"}"}\n</tool_call>'
    for (const pieces of [[text], letters(text)])
      expect(parse({ ...plain, calls }, pieces).parts.at(-1)).toEqual({ type: 'tool-arguments', index: 0, text: '{"x": "y"}' })
  })

  test('and nothing else, where the caller demands one: a further call counts, text behind a call ends the answer unseen', () => {
    const call = '<tool_call>\n{"name": "a", "arguments": {}}\n</tool_call>'
    const syntax = { ...plain, calls: hermes, callsOnly: true }
    for (const cutUp of [letters, (text: string) => [text]]) {
      const { parts, parser } = parse(syntax, cutUp(`${call}\n${call}\nThe result is: ${call}`))
      expect(parts.map(({ type }) => type)).toEqual(['tool-call', 'tool-arguments', 'tool-call', 'tool-arguments'])
      expect(parser.stopped).toBe(true)
    }
    expect(parse(syntax, letters(`${call}\n<tool_call>\n{"name": "?"}`)).parser).toMatchObject({ stopped: true, completeCalls: 1 })
    // the token limit cut a marker
    for (const begun of ['<tool', '<tool_call>\n{"name', `${call}\n<tool_call>\n{"na`])
      for (const part of parse(syntax, letters(begun)).parts) expect(part.type).not.toBe('text')
  })

  test('say what a grammar must still write before the name', () => {
    const parser = createAnswerParser({ ...plain, calls: hermes }, () => 'id')
    parser.push('<tool_call>')
    expect(parser.place).toBe('head')
    expect(parser.beforeName).toBe('\n{"name": "')
    parser.push('\n')
    expect(parser.beforeName).toBe('{"name": "')
    parser.push('{"name": "a", "arguments": ')
    expect(parser.place).toBe('arguments')
  })
})

test('the trigger of a call is what stands before its JSON', () => {
  expect(callTrigger(hermes)).toBe('<tool_call>')
  expect(callTrigger(mistral)).toBe('[TOOL_CALLS] [')
  expect(callTrigger({ ...hermes, open: '{"name": "' })).toBe('{"name": "')
})

function cut(text: string, sizes: readonly number[]): string[] {
  const pieces: string[] = []
  let at = 0
  for (const size of sizes) {
    pieces.push(text.slice(at, at + size))
    at += size
  }
  return [...pieces, text.slice(at)]
}
