import { describe, expect, test } from 'vitest'
import { systemClock } from '../../../router/core/clock.ts'
import { createCrashRecord } from '../../../router/engine/crash-record.ts'
import { gbnfLiteral, withRulePrefix } from '../../../router/engine/gbnf.ts'
import { createKnownAnswers } from '../../../router/engine/known-answers.ts'
import { fitting, noMemory, spareBytes } from '../../../router/engine/memory-budget.ts'
import { seedOf } from '../../../router/engine/seed.ts'
import { createSentinels } from '../../../router/engine/sentinels.ts'
import { createSlotQueue } from '../../../router/engine/slot-queue.ts'

describe('grammar text', () => {
  test('quotes what would end a literal', () => {
    expect(gbnfLiteral('a"b\\c\n\u0001é')).toBe('"a\\"b\\\\c\\n\\x01é"')
  })

  test('renames rules but not literals, classes, counts and comments', () => {
    const grammar = 'root ::= item-1 ("item-1" | [a-z\\]]{1,3}) # root\nitem-1 ::= "\\"x\\""'
    expect(withRulePrefix(grammar, 't0')).toBe('t0-root ::= t0-item-1 ("item-1" | [a-z\\]]{1,3}) # root\nt0-item-1 ::= "\\"x\\""')
  })
})

describe('sentinels', () => {
  test('hide risky strings anywhere in a value and give them back as text', () => {
    const sentinels = createSentinels(() => true)
    const hidden = sentinels.hideRisky({ '<k>': ['<|im_end|>', 'fine'], n: 1 }, (text) => text.includes('<'))
    const rendered = JSON.stringify(hidden)
    expect(rendered).not.toContain('<')
    const pieces = sentinels.reveal(rendered)
    expect(pieces.map(({ text }) => text).join('')).toBe('{"<k>":["<|im_end|>","fine"],"n":1}')
    expect(pieces.filter((piece) => piece.hidden).map(({ text }) => text)).toEqual(['<k>', '<|im_end|>'])
  })

  test('escape what stands in quotes and nothing else', () => {
    const sentinels = createSentinels(() => true)
    const word = sentinels.hide('a "b"\n')
    expect(
      sentinels
        .reveal(`"${word}" ${word}`)
        .map(({ text }) => text)
        .join(''),
    ).toBe('"a \\"b\\"\\n" a "b"\n')
  })

  test('use a mark that the conversation does not hold', () => {
    const sentinels = createSentinels((mark) => mark !== 'Qhgq')
    expect(sentinels.hide('x')).toMatch(/^Qhgqq\d+Z$/)
  })
})

describe('crashes', () => {
  test('wait twice as long each time, and the third in ten minutes switches off', () => {
    const record = createCrashRecord()
    expect(record.crashed(0)).toEqual({ off: false, waitMs: 500, crashes: 1 })
    expect(record.crashed(1000)).toEqual({ off: false, waitMs: 1000, crashes: 2 })
    expect(record.crashed(2000).off).toBe(true)
  })

  test('of more than ten minutes ago are forgotten', () => {
    const record = createCrashRecord()
    record.crashed(0)
    record.crashed(1000)
    expect(record.crashed(700_000)).toEqual({ off: false, waitMs: 500, crashes: 1 })
  })
})

describe('the slot queue', () => {
  const never = new AbortController().signal

  test('serves first come, first served', async () => {
    const queue = createSlotQueue(1)
    await queue.acquire(never)
    const order: string[] = []
    const second = queue.acquire(never).then(() => order.push('second'))
    const third = queue.acquire(never).then(() => order.push('third'))
    expect(queue.waiting).toBe(2)
    queue.release()
    await second
    queue.release()
    await third
    expect(order).toEqual(['second', 'third'])
    expect(queue.busy).toBe(1)
  })

  test('lets one who gives up leave, and the rest move on', async () => {
    const queue = createSlotQueue(1)
    await queue.acquire(never)
    const abort = new AbortController()
    const leaving = queue.acquire(abort.signal)
    const staying = queue.acquire(never)
    abort.abort(new Error('gone'))
    await expect(leaving).rejects.toThrow('gone')
    expect(queue.waiting).toBe(1)
    queue.release()
    await staying
  })

  test('tells when nobody is left', async () => {
    const queue = createSlotQueue(2)
    await queue.acquire(never)
    const idle = queue.idle()
    queue.release()
    await idle
    expect(queue.busy).toBe(0)
    await queue.idle()
  })
})

describe('memory', () => {
  const candidates = [
    { context: 8192, bytes: 1000 },
    { context: 4096, bytes: 600 },
  ]
  test('takes the largest context that fits with ten percent to spare', () => {
    expect(fitting(candidates, 1100)).toEqual(candidates[0])
    expect(fitting(candidates, 1099)).toEqual(candidates[1])
    expect(fitting(candidates, 600)).toBeNull()
  })

  test('counts what other models hold, and the working set of the GPU', () => {
    expect(spareBytes({ budgetBytes: 5000, takenBytes: 1500 }, { gpuBudgetBytes: null })).toBe(3500)
    expect(spareBytes({ budgetBytes: 5000, takenBytes: 1500 }, { gpuBudgetBytes: 4000 })).toBe(2500)
  })

  test('refuses with both numbers', () => {
    const error = noMemory([{ context: 1024, bytes: 2 * 1024 ** 3 }], 1024 ** 3)
    expect(error.kind).toBe('no-room-here')
    expect(error.details.reason).toBe('memory')
    expect(error.message).toContain('2.20 GB')
    expect(error.message).toContain('1.00 GB')
  })
})

test('a seed is whole and 32 bits, and drawn where none is given', () => {
  expect(seedOf({ seed: -1 }, () => 0)).toBe(4294967295)
  expect(seedOf({ seed: 7.9 }, () => 0)).toBe(7)
  const drawn = new Set(Array.from({ length: 20 }, () => seedOf({}, systemClock.chance)))
  expect(drawn.size).toBe(20)
})

test('known answers keep the latest', () => {
  const answers = createKnownAnswers(2)
  answers.remember('a', [1])
  answers.remember('b', [2])
  answers.remember('c', [3])
  expect(answers.find('a')).toBeNull()
  expect(answers.find('c')).toEqual([3])
})
