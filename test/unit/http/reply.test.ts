/** Writing an answer to a real socket: back-pressure, keep-alives, a slow reader's end, errors before and inside a stream. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { type Clock, systemClock } from '../../../router/core/clock.ts'
import type { Dialect } from '../../../router/core/dialect.ts'
import { HeadgateError } from '../../../router/core/errors.ts'
import { dialects } from '../../../router/dialects/index.ts'
import type { AnswerSink } from '../../../router/execution/index.ts'
import { writeAnswer } from '../../../router/http/reply.ts'
import { openRaw, type RawConnection } from '../../journeys/http/raw-connection.ts'

const dialect = dialects[0] as Dialect
const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

/** What a test's answer says, in order. */
type AnswerEvent =
  | { readonly type: 'body'; readonly bytes: Uint8Array }
  | { readonly type: 'serving'; readonly notes: readonly string[] }
  | { readonly type: 'frame'; readonly bytes: Uint8Array }

interface Written {
  readonly connection: RawConnection
  readonly raw: ServerResponse
  readonly done: Promise<void>
}

/** One answer on one connection, written as the router writes it. */
async function write(
  events: (signal: AbortSignal, raw: ServerResponse) => AsyncGenerator<AnswerEvent>,
  { stream = true, clock = systemClock }: { stream?: boolean; clock?: Clock } = {},
): Promise<Written> {
  const written = Promise.withResolvers<{ raw: ServerResponse; done: Promise<void> }>()
  const server = createServer((_message, raw) => {
    const gone = new AbortController()
    raw.once('close', () => gone.abort(new HeadgateError('aborted-by-caller', 'The caller went away.')))
    const answer = {
      id: 'req_1',
      stream,
      attempts: [],
      headers: () => ({ 'x-headgate-lane': 'remote' }),
      run: (sink: AnswerSink) => run(events(gone.signal, raw), sink),
    }
    written.resolve({
      raw,
      done: writeAnswer(raw, answer, { dialect, clock, clocks: { earlyOpenMs: 1_000, keepAliveMs: 500 } }),
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const connection = await openRaw((server.address() as AddressInfo).port)
  open.push(async () => {
    connection.end()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  connection.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  return { connection, ...(await written.promise) }
}

/** Writes them as the execution does: the next when the reader has taken the last. */
async function run(events: AsyncGenerator<AnswerEvent>, sink: AnswerSink): Promise<void> {
  for await (const event of events)
    if (event.type === 'serving') sink.serving(event.notes)
    else if (event.type === 'body') sink.body(event.bytes)
    else await sink.frame(event.bytes)
}

/** A clock whose timers run when the test says so. */
function manualClock() {
  let nowMs = 0
  let timers: { readonly at: number; readonly run: () => void }[] = []
  const clock: Clock = {
    ...systemClock,
    monotonic: () => nowMs,
    after(ms, run) {
      const timer = { at: nowMs + ms, run }
      timers.push(timer)
      return {
        cancel() {
          timers = timers.filter((other) => other !== timer)
        },
      }
    },
  }
  return {
    clock,
    pass(ms: number) {
      const until = nowMs + ms
      for (;;) {
        const next = timers.filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0]
        if (!next) break
        nowMs = next.at
        timers = timers.filter((timer) => timer !== next)
        next.run()
      }
      nowMs = until
    },
  }
}

const frame = (text: string): AnswerEvent => ({ type: 'frame', bytes: Buffer.from(`data: ${text}\n\n`) })
const serving: AnswerEvent = { type: 'serving', notes: [] }
/** An answer of which nothing comes before it fails. */
async function* failing(failure: Promise<never>): AsyncGenerator<AnswerEvent> {
  yield await failure
}

describe('a reader that does not read', () => {
  it('c46: stops the answer at its source: a stream of 200 MB does not pile up', async () => {
    let pulled = 0
    const { connection } = await write(async function* () {
      yield serving
      for (; pulled < 2_000; pulled++) yield frame('x'.repeat(100_000))
    })
    connection.socket.pause()
    let last = -1
    await expect
      .poll(
        () => {
          const isSteady = pulled > 0 && pulled === last
          last = pulled
          return isSteady
        },
        { interval: 200 },
      )
      .toBe(true)
    expect(pulled).toBeLessThan(500)
  })

  it('c46: is cut off after a minute, and the answer is told that the caller is gone', async () => {
    const { clock, pass } = manualClock()
    let why: unknown = null
    let isFull = false
    const { connection, raw, done } = await write(
      async function* (signal) {
        yield serving
        try {
          while (!signal.aborted) yield frame('x'.repeat(1_000_000))
          throw signal.reason
        } catch (error) {
          why = error
          throw error
        }
      },
      { clock },
    )
    connection.socket.pause()
    let last = -1
    await expect
      .poll(() => {
        isFull = raw.writableLength > 0 && raw.writableLength === last
        last = raw.writableLength
        return isFull
      })
      .toBe(true)
    pass(59_999)
    expect(raw.destroyed).toBe(false)
    pass(1)
    expect(raw.destroyed).toBe(true)
    await done
    expect(why).toMatchObject({ kind: 'aborted-by-caller' })
  })
})

describe('a reader that stops reading after the last write', () => {
  const large = Buffer.alloc(32 * 1024 * 1024, 'x')
  /** Resolves when everything was written and the socket takes no more. */
  async function full(raw: ServerResponse): Promise<void> {
    let last = -1
    await expect
      .poll(
        () => {
          const isFull = raw.writableLength > 0 && raw.writableLength === last
          last = raw.writableLength
          return isFull
        },
        { interval: 100 },
      )
      .toBe(true)
  }

  /** Small frames until the socket takes no more: each is below the mark at which a writer is asked to wait. */
  async function* untilFull(raw: ServerResponse): AsyncGenerator<AnswerEvent> {
    yield serving
    for (;;) {
      await wait(0) // the frame is written with the next tick
      if (raw.writableLength > 0) await wait(50)
      if (raw.writableLength > 0) return
      yield frame('x'.repeat(8_000))
    }
  }

  it.each<[string, boolean, (raw: ServerResponse) => AsyncGenerator<AnswerEvent>]>([
    [
      'a whole reply',
      false,
      async function* () {
        yield { type: 'body', bytes: large }
      },
    ],
    ['the end of a stream', true, untilFull],
    [
      'an error inside a stream',
      true,
      async function* (raw) {
        yield* untilFull(raw)
        throw new HeadgateError('stalled', 'Nothing came.')
      },
    ],
  ])('keeps its connection for a minute and no longer: %s', async (_, stream, events) => {
    const { clock, pass } = manualClock()
    const paused = Promise.withResolvers<void>()
    const { connection, raw } = await write(
      async function* (_signal, response) {
        await paused.promise
        yield* events(response)
      },
      { stream, clock },
    )
    connection.socket.pause()
    paused.resolve()
    await full(raw)
    pass(59_999)
    expect(raw.destroyed).toBe(false)
    pass(1)
    expect(raw.destroyed).toBe(true)
  })

  it('a slow one gets its whole reply, however long it takes', async () => {
    const { clock, pass } = manualClock()
    const { connection, raw, done } = await write(
      async function* () {
        yield { type: 'body', bytes: large }
      },
      { stream: false, clock },
    )
    connection.socket.pause()
    await full(raw)
    pass(59_999)
    let taken = 0
    connection.socket.removeAllListeners('data').on('data', (chunk: Buffer) => {
      taken += chunk.length
    })
    connection.socket.resume()
    await done
    pass(59_999)
    await expect.poll(() => taken, { timeout: 10_000 }).toBeGreaterThan(large.length)
  })
})

describe('a silent stream', () => {
  it('gets its head early, then a sign of life now and then, and the error inside', async () => {
    const { clock, pass } = manualClock()
    const deadline = Promise.withResolvers<never>()
    const { connection, done } = await write(() => failing(deadline.promise), { clock })
    pass(999)
    expect(connection.rest()).toBe('')
    pass(1)
    await expect.poll(() => connection.rest()).toContain('200 OK')
    const signs = () => connection.rest().split(Buffer.from(dialect.keepAlive).toString()).length - 1
    await expect.poll(signs).toBe(1)
    pass(1_000)
    await expect.poll(signs).toBe(3)
    deadline.reject(new HeadgateError('too-slow-to-start', 'No output before the start deadline.'))
    await done
    await connection.closed()
    expect(connection.rest()).toContain('"code":"upstream_timeout"')
    expect(connection.rest().endsWith('0\r\n\r\n')).toBe(false)
  })
})
it('an error before the first frame is a whole reply with its own status', async () => {
  const { connection } = await write(() => failing(Promise.reject(new HeadgateError('rate-limited-upstream', 'Wait.', { retryAfterMs: 1_200 }))))
  const reply = await connection.reply()
  expect([reply.status, reply.headers['retry-after'], reply.json().error.code]).toEqual([429, '2', 'upstream_rate_limited'])
})
