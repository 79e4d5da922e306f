/** The splitter gives every byte once and in order, and cuts where the HTML standard says that an event ends. */
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HeadgateError } from '../../../router/core/errors.ts'
import { SseSplitter } from '../../../router/dialects/sse-splitter.ts'

const split = (chunks: readonly Uint8Array[]): string[] => {
  const splitter = new SseSplitter()
  const events = chunks.flatMap((chunk) => splitter.push(chunk)).map((event) => Buffer.from(event).toString())
  const rest = Buffer.from(splitter.rest()).toString()
  return rest === '' ? events : [...events, rest]
}
const one = (text: string) => split([Buffer.from(text)])

describe('SseSplitter', () => {
  it.each([
    ['line feeds', 'data: 1\n\ndata: 2\n\n', ['data: 1\n\n', 'data: 2\n\n']],
    ['carriage return and line feed', 'data: 1\r\n\r\ndata: 2\r\n\r\n', ['data: 1\r\n\r\n', 'data: 2\r\n\r\n']],
    ['carriage returns', 'data: 1\r\rdata: 2\r\r', ['data: 1\r\r', 'data: 2\r\r']],
    ['mixed endings', 'data: 1\n\r\ndata: 2\r\n\ndata: 3\r\n\r', ['data: 1\n\r\n', 'data: 2\r\n\n', 'data: 3\r\n\r']],
    ['comments and fields', ': hi\nevent: a\ndata: 1\ndata: 2\n\n', [': hi\nevent: a\ndata: 1\ndata: 2\n\n']],
    ['blank lines in front', '\n\ndata: 1\n\n', ['\n', '\n', 'data: 1\n\n']],
    ['an unfinished end', 'data: 1\n\ndata: 2\n', ['data: 1\n\n', 'data: 2\n']],
    ['a byte order mark', '\uFEFFdata: 1\n\ndata: \uFEFF\n\n', ['data: 1\n\n', 'data: \uFEFF\n\n']],
    ['nothing', '', []],
  ])('cuts at %s', (_what, text, events) => {
    expect(one(text)).toEqual(events)
  })

  it('gives an event that lies in one chunk as a view of the chunk', () => {
    const chunk = Buffer.from('data: 1\n\ndata: 2\n\n')
    const events = new SseSplitter().push(chunk)
    expect(events.map((event) => event.buffer)).toEqual([chunk.buffer, chunk.buffer])
  })

  it('gives an event as soon as its blank line is there, for every ending', () => {
    for (const ending of ['\n', '\r\n', '\r']) expect(new SseSplitter().push(Buffer.from(`data: 1${ending}${ending}`))).toHaveLength(1)
  })

  const folder = new URL('../../fixtures/openai-chat/', import.meta.url)
  const streams = readdirSync(folder).filter((name) => name.endsWith('.sse'))
  it.each(streams)('cuts %s at every byte into the same events', (name) => {
    const bytes = readFileSync(new URL(name, folder))
    for (const ending of ['\n', '\r\n', '\r']) {
      const text = Buffer.from(bytes.toString().replaceAll('\n', ending))
      const whole = split([text]).map(normal)
      for (let at = 0; at <= text.length; at++)
        expect(
          split([text.subarray(0, at), text.subarray(at)])
            .map(normal)
            .filter(isMore),
        ).toEqual(whole.filter(isMore))
      expect(
        split([...text].map((byte) => Uint8Array.of(byte)))
          .map(normal)
          .filter(isMore),
      ).toEqual(whole.filter(isMore))
    }
  })

  it('loses and doubles no byte, whatever arrives in whatever pieces', () => {
    const piece = fc.array(fc.constantFrom(0x0a, 0x0d, 0x64, 0x3a, 0xe2, 0x82, 0xac), { maxLength: 8 }).map((bytes) => Uint8Array.from(bytes))
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const splitter = new SseSplitter()
        const out = pieces.flatMap((bytes) => splitter.push(bytes))
        expect(Buffer.concat([...out, splitter.rest()]).equals(Buffer.concat(pieces))).toBe(true)
      }),
      { numRuns: 3_000 },
    )
  })

  it('refuses an event of more than 1 MiB without keeping it', () => {
    const splitter = new SseSplitter()
    const block = Buffer.alloc(64 * 1024, 'x')
    const refusal = refusalIn(() => {
      for (let i = 0; i < 100; i++) splitter.push(block)
    })
    expect([refusal.kind, refusal.code]).toEqual(['broken-stream', 'upstream_event_too_large'])
    expect(refusalIn(() => splitter.rest()).code).toBe('upstream_event_too_large')
  })

  it('still gives the events that came whole before the one that is too large', () => {
    const splitter = new SseSplitter(16)
    expect(splitter.push(Buffer.from('data: 1\n\ndata: 0123456789012345'))).toHaveLength(1)
    expect(refusalIn(() => splitter.push(Buffer.from('x'))).code).toBe('upstream_event_too_large')
  })

  it('takes an event of exactly 1 MiB', () => {
    const splitter = new SseSplitter()
    const event = Buffer.from(`data: ${'x'.repeat(1024 * 1024 - 8)}\n\n`)
    expect([...splitter.push(event.subarray(0, 700_000)), ...splitter.push(event.subarray(700_000))]).toHaveLength(1)
  })
})

/** A line feed that arrives after its carriage return leads the next event: the same stream of events. */
const normal = (event: string): string => event.replace(/^\n/, '').replace(/\r\n|\r/g, '\n')
const isMore = (event: string): boolean => event.trim() !== ''

function refusalIn(run: () => unknown): HeadgateError {
  try {
    run()
  } catch (error) {
    if (error instanceof HeadgateError) return error
    throw error
  }
  throw new Error('nothing was refused')
}
