/** One suite over the list of dialects: a new one is tested before anybody writes a test for it. */
import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { AnswerPart, FinishReason, Usage } from '../../router/core/conversation.ts'
import { errorKinds, HeadgateError } from '../../router/core/errors.ts'
import { parseBody } from '../../router/core/json-text.ts'
import { dialectAt, dialectOf, dialects } from '../../router/dialects/index.ts'

/** A small request of each dialect, asked for as a stream without usage; one line per dialect. */
const requests: Readonly<Record<string, string>> = {
  'openai-chat': '{"model":"m","messages":[{"role":"user","content":"Hi"}],"stream":true,"unknown":1.50}',
}

const folder = new URL('../../router/dialects/', import.meta.url)
const usage: Usage = { uncachedInput: 5, cacheRead: 2, cacheWrite: null, outputText: 7, outputReasoning: 1, source: 'reported' }
const context = { requestId: 'req_1', model: 'm', createdS: 1, includeUsage: true }
const errorContext = { requestId: 'req_1', attempts: [] }

it('lists every dialect that has a folder', () => {
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  expect(dialects.map(({ name }) => name).toSorted()).toEqual(folders.map(({ name }) => name).toSorted())
  expect(Object.keys(requests).toSorted()).toEqual(dialects.map(({ name }) => name).toSorted())
})

it('serves each path with one dialect only', () => {
  const paths = dialects.flatMap((dialect) => dialect.paths)
  expect(new Set(paths).size).toBe(paths.length)
  expect(() => dialectOf('none')).toThrow('none')
  expect(dialectAt('/v1/none')).toBeUndefined()
})

describe.each(dialects.map((dialect) => [dialect.name, dialect] as const))('%s', (name, dialect) => {
  const text = requests[name] as string
  const body = parseBody(Buffer.from(text))
  const answer = (reason: FinishReason): AnswerPart[] => [
    { type: 'text', text: 'Hello' },
    { type: 'text', text: ' there' },
    { type: 'finish', reason, usage },
  ]
  const events = (parts: readonly AnswerPart[]) => {
    const encoder = dialect.encoder(context)
    return [encoder.open(), ...parts.map((part) => encoder.stream(part))]
  }

  it('is found by its name and its paths', () => {
    expect(dialectOf(name)).toBe(dialect)
    for (const path of dialect.paths) expect(dialectAt(path)).toBe(dialect)
    expect([...dialect.paths, dialect.upstreamPath].every((path) => path.startsWith('/'))).toBe(true)
  })

  it('reads facts, and refuses a body without anything', () => {
    expect(dialect.read(body, {})).toMatchObject({ model: 'm', stream: true, promptTokens: 1, startsSession: true, inToolLoop: false })
    expect(() => dialect.read(parseBody(Buffer.from('{}')), {})).toThrow(HeadgateError)
  })

  it('edits nothing but what is declared', () => {
    expect(dialect.edit(body, { model: 'm', askForUsage: false })).toBe(body.bytes)
    const edited = Buffer.from(dialect.edit(body, { model: 'other', askForUsage: true }))
    expect(edited.toString()).toContain('"unknown":1.50')
    const again = parseBody(edited)
    expect(again.value).toMatchObject({ ...body.value, model: 'other' })
    expect([dialect.wantsUsage(body), dialect.wantsUsage(again)]).toEqual([false, true])
  })

  it('decodes a request', () => {
    expect(dialect.decodeRequest(body).conversation.messages).toEqual([{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }])
  })

  it.each(['stop', 'length', 'tool-calls', 'content-filter'] as const)('watches its own stream and its own whole reply: %s', (reason) => {
    const watch = dialect.watchStream(true)
    const seen = events(answer(reason)).map((bytes) => wholeEvents(bytes).map((event) => watch.event(event)))
    expect(seen.map((list) => list.some(({ output }) => output))).toEqual([false, true, true, false])
    expect(seen.flat().some(({ drop }) => drop)).toBe(false)
    expect(watch.end()).toEqual({ usage: { ...usage, cacheWrite: watch.end().usage?.cacheWrite }, finish: reason })
    expect(watch.soFar().outputCharacters).toBe('Hello there'.length)
    expect(dialect.watchWhole(dialect.encoder(context).whole(answer(reason))).finish).toBe(reason)
  })

  it('makes a stream of a whole reply that ends as the reply did', () => {
    const whole = dialect.encoder(context).whole(answer('stop'))
    const watch = dialect.watchStream(true)
    const seen = wholeEvents(dialect.streamOfWhole(whole)).map((event) => watch.event(event))
    expect(seen.some(({ output }) => output)).toBe(true)
    expect(watch.end()).toEqual(dialect.watchWhole(whole))
  })

  it('is broken when the stream stops before its end, wherever', () => {
    const all = events(answer('stop')).slice(0, -1)
    for (let count = 0; count <= all.length; count++) {
      const watch = dialect.watchStream(true)
      for (const bytes of all.slice(0, count)) for (const event of wholeEvents(bytes)) watch.event(event)
      expect(() => watch.end()).toThrow(expect.objectContaining({ kind: 'broken-stream' }))
    }
  })

  it('keeps a stream alive with what is no output', () => {
    expect(dialect.watchStream(true).event(dialect.keepAlive)).toEqual({ output: false, drop: false })
  })

  it.each(errorKinds)('writes %s as JSON with the request id, and in a stream as one event that is seen as a failure', (kind) => {
    const error = new HeadgateError(kind, 'Because.')
    const written = JSON.stringify(JSON.parse(Buffer.from(dialect.encodeError(error, errorContext)).toString()))
    expect(written).toContain('Because.')
    expect(written).toContain('req_1')
    const [event, ...more] = wholeEvents(dialect.encodeStreamError(error, errorContext))
    expect(more).toEqual([])
    expect(() => dialect.watchStream(true).event(event as Uint8Array)).toThrow(HeadgateError)
  })

  it('classifies by status whatever the body is', () => {
    expect(dialect.classifyError(401, '').kind).toBe('bad-credentials')
    expect(dialect.classifyError(429, '').kind).toBe('rate-limited-upstream')
    expect(dialect.classifyError(500, '').kind).toBe('failed-upstream')
    expect(dialect.classifyError(502, '<html>secret').message).not.toContain('secret')
  })
})

/** Events of a stream that separates them by a blank line. */
function wholeEvents(bytes: Uint8Array): Buffer[] {
  return Buffer.from(bytes)
    .toString()
    .split(/(?<=\n\n)/)
    .filter((event) => event !== '')
    .map((event) => Buffer.from(event))
}
