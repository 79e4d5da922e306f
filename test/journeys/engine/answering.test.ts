import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { HeadgateError } from '../../../router/core/errors.ts'
import { ask, startEngine, talk } from './engine-under-test.ts'

// endBias −10: the random model never ends by itself, so that lengths are certain
const under = startEngine()
const file = under.model('talker', { endBias: -10 })
const ender = under.model('ender', { endBias: 10, seed: 3 })
afterAll(() => under.close())

describe('an answer', () => {
  test('streams token by token, and ends with length at max_tokens', async () => {
    const answer = await under.answer(file, ask('Hello there', { maxTokens: 12 }))
    expect(answer.reason).toBe('length')
    expect(answer.usage.outputText).toBe(12)
    expect(answer.parts.filter(({ type }) => type === 'text').length).toBeGreaterThan(1)
    expect(answer.waits).toEqual(['load', 'prefill'])
    expect((answer.usage.uncachedInput ?? 0) + (answer.usage.cacheRead ?? 0)).toBeGreaterThan(10)
  })

  test('ends with stop where the model ends', async () => {
    const answer = await under.answer(ender, ask('Hello', { maxTokens: 500 }))
    expect(answer.reason).toBe('stop')
    expect(answer.usage.outputText).toBeLessThan(500)
  })

  test('is the same alone and among four', async () => {
    const questions = ['One fish', 'Two fish, red fish', 'Blue fish and then some more of it', 'x']
    const alone = []
    for (const question of questions) alone.push((await under.answer(file, ask(question))).text)
    const together = await Promise.all(questions.map((question) => under.answer(file, ask(question))))
    expect(together.map(({ text }) => text)).toEqual(alone)
  })

  test('is the same for the same seed and another for another', async () => {
    const drawn = (seed: number) => under.answer(file, ask('Tell me', { sampling: { temperature: 1.5, topK: 0, topP: 1, minP: 0, seed } }))
    const [first, again, other] = await Promise.all([drawn(11), drawn(11), drawn(12)])
    expect(again!.text).toBe(first!.text)
    expect(other!.text).not.toBe(first!.text)
  })

  test('differs from request to request where no seed is given', async () => {
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => under.answer(file, ask('Tell me', { sampling: { temperature: 1.5, topK: 0, topP: 1, minP: 0 } }))),
    )
    expect(new Set(answers.map(({ text }) => text)).size).toBeGreaterThan(1)
  })

  test('stops before a stop string that spans tokens, and shows nothing of it', async () => {
    const whole = (await under.answer(file, ask('Count', { maxTokens: 40 }))).text
    const stop = whole.slice(9, 13)
    const answer = await under.answer(file, ask('Count', { maxTokens: 40, stop: ['never in there', stop] }))
    expect(answer.text).toBe(whole.slice(0, whole.indexOf(stop)))
    expect(answer.reason).toBe('stop')
  })
})

test('reasoning that the template opens is told from text and counted apart', async () => {
  const opens =
    "{% for message in messages %}{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{% endfor %}" +
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n<think>\\n' }}{% endif %}{# </think> #}"
  const thinker = under.model('thinker', { endBias: -10, chatTemplate: opens })
  const answer = await under.answer(thinker, ask('Hello', { maxTokens: 15 }))
  expect(answer.text).toBe('')
  expect(answer.reasoning.length).toBeGreaterThan(10)
  expect(answer.usage).toMatchObject({ outputReasoning: 15, outputText: 0 })
})

describe('a prompt', () => {
  test('that does not fit is refused with both numbers, and the engine goes on', async () => {
    const long = ask('word '.repeat(300))
    const refused = under.answer(file, long, { context: 512 })
    await expect(refused).rejects.toMatchObject({ kind: 'context-too-long' })
    await expect(refused).rejects.toThrow(/\d+ tokens.*512/)
    expect((await under.answer(file, ask('Hello again', { maxTokens: 3 }))).usage.outputText).toBe(3)
  })

  test('that leaves little room ends with length when the context is full', async () => {
    const answer = await under.answer(file, ask('word '.repeat(40), { maxTokens: 10_000 }), { context: 400 })
    expect(answer.reason).toBe('length')
    expect((answer.usage.uncachedInput ?? 0) + (answer.usage.cacheRead ?? 0) + (answer.usage.outputText ?? 0)).toBe(400)
  })

  test('with an image is refused', async () => {
    const image = { ...ask('x'), messages: [{ role: 'user' as const, content: [{ type: 'image' as const, url: 'data:image/png;base64,AA' }] }] }
    await expect(under.answer(file, image)).rejects.toMatchObject({ kind: 'invalid-request', details: { param: 'messages[0].content' } })
  })

  test('for a file without a chat template is refused', async () => {
    const raw = under.model('no-template', { chatTemplate: null })
    await expect(under.answer(raw, ask('x'))).rejects.toMatchObject({ kind: 'invalid-request' })
  })
})

describe('the next turn', () => {
  test('evaluates only what is new, ten turns long', async () => {
    const messages: ['system' | 'user' | 'assistant', string][] = [['system', 'You are a patient teacher of many things.']]
    let before = 0
    for (let turn = 1; turn <= 10; turn++) {
      messages.push(['user', `Question number ${turn}: what comes after ${turn}?`])
      const answer = await under.answer(file, talk(messages, { maxTokens: 20 }))
      const { uncachedInput, cacheRead, outputText } = answer.usage
      const total = uncachedInput! + cacheRead!
      if (turn > 1) expect(uncachedInput, `turn ${turn}`).toBeLessThanOrEqual(total - before + 8)
      before = total + outputText!
      messages.push(['assistant', answer.text])
    }
  })

  test('gives the same answer with a kept prefix as without one', async () => {
    const first = await under.answer(file, ask('A conversation that goes on', { maxTokens: 20 }))
    const second = talk([
      ['user', 'A conversation that goes on'],
      ['assistant', first.text],
      ['user', 'and on'],
    ])
    const warm = await under.answer(file, second)
    expect(warm.usage.cacheRead).toBeGreaterThan(20)
    const fresh = startEngine()
    try {
      const cold = await fresh.answer(fresh.model('talker', { endBias: -10 }), second)
      expect(cold.usage.cacheRead).toBe(0)
      expect(cold.text).toBe(warm.text)
    } finally {
      await fresh.close()
    }
  })

  test('shares a system prompt with a conversation that is still running', async () => {
    const system = 'You know everything about rivers and how to cross them. '.repeat(6)
    const running = under
      .events(
        file,
        talk(
          [
            ['system', system],
            ['user', 'first'],
          ],
          { maxTokens: 400 },
        ),
      )
      [Symbol.asyncIterator]()
    let event = await running.next()
    while (!event.done && event.value.type !== 'part') event = await running.next()
    const second = await under.answer(
      file,
      talk(
        [
          ['system', system],
          ['user', 'second'],
        ],
        { maxTokens: 4 },
      ),
    )
    expect(second.usage.cacheRead).toBeGreaterThan(250)
    expect(second.usage.uncachedInput).toBeLessThan(60)
    while (!(event = await running.next()).done);
    const other = startEngine()
    try {
      const cold = await other.answer(
        other.model('talker', { endBias: -10 }),
        talk(
          [
            ['system', system],
            ['user', 'second'],
          ],
          { maxTokens: 4 },
        ),
      )
      expect(cold.text).toBe(second.text)
    } finally {
      await other.close()
    }
  })
})

test('state files of a worker that died are removed by the next, those of a living one are not', async () => {
  const gone = await new Promise<number>((resolve) => {
    const child = spawn(process.execPath, ['-e', ''])
    child.once('exit', () => resolve(child.pid!))
  })
  const [left, living] = [gone, process.pid].map((pid) => mkdtempSync(join(tmpdir(), `headgate-state-${pid}-`))) as [string, string]
  try {
    const { removeLeftStates } = await import('../../../router/engine/sequence-copy.ts')
    await removeLeftStates()
    expect(existsSync(left)).toBe(false)
    expect(existsSync(living)).toBe(true)
  } finally {
    rmSync(living, { recursive: true })
  }
})

test('a refusal is an error of the table', async () => {
  await expect(under.answer(`${file}.missing`, ask('x'))).rejects.toBeInstanceOf(HeadgateError)
})
