import type { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTransport, type Transport } from '../../../router/backends/index.ts'
import { systemClock } from '../../../router/core/clock.ts'
import { startFakeUpstream } from '../../fakes/fake-upstream.ts'
import { type RawRequest, type RawUpstream, rawReply, startRawUpstream } from '../../fakes/raw-upstream.ts'

let transport: Transport
let upstream: RawUpstream | null = null
beforeEach(() => {
  transport = createTransport({ connectMs: () => 500, connectLoopbackMs: () => 500, isLocalOnly: () => false, clock: systemClock })
})
afterEach(async () => {
  await transport.close()
  await upstream?.close()
  upstream = null
})

const openAt = (url: string, signal = new AbortController().signal) =>
  transport.open({
    target: { lane: 'local', address: 'loopback', deployment: 'm/here' },
    method: 'POST',
    url: new URL(url),
    headers: { 'content-type': 'application/json' },
    body: Buffer.from('{}'),
    signal,
    localOnly: false,
  })

async function open(answer: (socket: Socket, request: RawRequest) => void, signal?: AbortSignal) {
  upstream = await startRawUpstream(answer)
  return await openAt(`${upstream.url}/chat/completions`, signal)
}
/** The connection of an answer that has ended is free in the next turn of the event loop. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve))
const write = (text: string) => (socket: Socket) => void socket.write(text)

describe('a reply', () => {
  test('comes with its status, headers in lower case and its body', async () => {
    const reply = await open((socket) => socket.write(rawReply('hello', ['X-One: 1', 'x-two: a', 'X-Two: b'])))
    expect(reply.status).toBe(200)
    expect(reply.headers).toMatchObject({ 'x-one': '1', 'x-two': 'a, b' })
    expect((await reply.body.whole(100)).toString()).toBe('hello')
  })

  test('that is larger than the limit is given up', async () => {
    const reply = await open((socket) => socket.write(rawReply('x'.repeat(1000))))
    await expect(reply.body.whole(999)).rejects.toMatchObject({ kind: 'garbled-reply', code: 'upstream_response_too_large' })
  })

  test('of up to 20 informational heads is waited for; a flood of them is a fault', async () => {
    const hints = (count: number) => 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'.repeat(count)
    const reply = await open((socket) => socket.write(Buffer.concat([Buffer.from(hints(20)), rawReply('fine')])))
    expect((await reply.body.whole(100)).toString()).toBe('fine')
    await upstream?.close()
    await expect(open(write(hints(21)))).rejects.toMatchObject({ kind: 'failed-upstream' })
  })

  test.each([
    ['headers of 64 KiB', `HTTP/1.1 200 OK\r\nx-large: ${'x'.repeat(64 * 1024)}\r\n\r\n`],
    ['another protocol', 'SSH-2.0-OpenSSH_9.9\r\n\r\n'],
    ['a malformed head', 'HTTP/1.1 200 OK\r\nno colon here\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello'],
  ])('with %s is no HTTP answer', async (_, text) => {
    await expect(open(write(text))).rejects.toMatchObject({ kind: 'garbled-reply', code: 'upstream_bad_http' })
  })

  test.each([
    ['of a stated length', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'],
    ['in chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
  ])('%s that is cut is a broken stream, after what has come', async (_, text) => {
    const reply = await open((socket) => socket.end(text))
    expect((await reply.body.next())?.map(String)).toEqual(['half'])
    await expect(reply.body.next()).rejects.toMatchObject({ kind: 'broken-stream' })
  })
})

describe('a connection', () => {
  test('that is refused, or whose name does not resolve, is unreachable', async () => {
    const closed = await startFakeUpstream()
    await closed.close()
    await expect(openAt(closed.url)).rejects.toMatchObject({ kind: 'unreachable', code: 'upstream_refused' })
    await expect(openAt('http://nonsuch.invalid:1/v1')).rejects.toMatchObject({ kind: 'unreachable', code: 'upstream_dns_error' })
  })

  test('to a port that speaks no TLS is unreachable by https', async () => {
    const plain = await startFakeUpstream()
    await expect(openAt(plain.url.replace('http:', 'https:'))).rejects.toMatchObject({ kind: 'unreachable', code: 'upstream_tls_error' })
    await plain.close()
  })

  test('finds a server on 127.0.0.1 by the name localhost', async () => {
    upstream = await startRawUpstream((socket) => socket.write(rawReply('found')))
    const reply = await openAt(upstream.url.replace('127.0.0.1', 'localhost'))
    expect((await reply.body.whole(100)).toString()).toBe('found')
  })

  test('is kept for the next request, and dropped when asked', async () => {
    upstream = await startRawUpstream((socket) => socket.write(rawReply('x')))
    const ask = async () => {
      await (await openAt(upstream!.url)).body.whole(10)
      await settled()
    }
    for (let i = 0; i < 3; i++) await ask()
    expect(upstream.requests.map(({ connection }) => connection)).toEqual([1, 1, 1])
    transport.dropIdle()
    await ask()
    expect(upstream.requests.at(-1)?.connection).toBe(2)
  })

  test('that is lost on its first request is a failure, and nothing is sent twice', async () => {
    await expect(open((socket) => socket.resetAndDestroy())).rejects.toMatchObject({ kind: 'failed-upstream', code: 'upstream_reset' })
    expect(upstream?.requests.length).toBe(1)
  })

  test('that was kept and is lost on both tries is a failure after the second', async () => {
    upstream = await startRawUpstream((socket, { connection, number }) => {
      if (connection === 1 && number === 1) socket.write(rawReply('x'))
      else socket.resetAndDestroy()
    })
    await (await openAt(upstream.url)).body.whole(10)
    await settled()
    await expect(openAt(upstream.url)).rejects.toMatchObject({ kind: 'failed-upstream', code: 'upstream_reset' })
    expect(upstream.requests.length).toBe(3)
  })
})

describe('what is sent out', () => {
  /** A server on this machine that the configuration calls another one. */
  const openOut = (url: string) =>
    transport.open({
      target: { lane: 'remote', address: 'network', deployment: 'm/away' },
      method: 'POST',
      url: new URL(url),
      headers: { 'content-type': 'application/json' },
      body: Buffer.from('1234567'),
      signal: new AbortController().signal,
      localOnly: false,
    })

  test('is counted when it leaves: not where no connection came about, and once more for a resend', async () => {
    const closed = await startFakeUpstream()
    await closed.close()
    await expect(openOut(closed.url)).rejects.toMatchObject({ kind: 'unreachable' })
    expect(transport.bytesSentOut()).toBe(0)
    upstream = await startRawUpstream((socket, { connection, number }) => {
      if (connection === 1 && number === 2) socket.resetAndDestroy()
      else socket.write(rawReply('x'))
    })
    await (await openOut(upstream.url)).body.whole(10)
    expect(transport.bytesSentOut()).toBe(7)
    await settled()
    await (await openOut(upstream.url)).body.whole(10)
    expect(transport.bytesSentOut()).toBe(21)
    await (await openAt(upstream.url)).body.whole(10)
    expect(transport.bytesSentOut()).toBe(21)
  })
})

describe('closing', () => {
  test('ends answers that began before the pooled connections were dropped', async () => {
    const reply = await open(write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nfirst'))
    expect((await reply.body.next())?.map(String)).toEqual(['first'])
    transport.dropIdle()
    await transport.close()
    await expect(reply.body.next()).rejects.toMatchObject({ kind: 'broken-stream' })
  })

  test('ends an answer that a resend brought', async () => {
    upstream = await startRawUpstream((socket, { connection, number }) => {
      if (connection === 1 && number === 1) socket.write(rawReply('x'))
      else if (connection === 1) socket.resetAndDestroy()
      else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nfirst')
    })
    await (await openAt(upstream.url)).body.whole(10)
    await settled()
    const reply = await openAt(upstream.url)
    expect((await reply.body.next())?.map(String)).toEqual(['first'])
    await transport.close()
    await expect(reply.body.next()).rejects.toMatchObject({ kind: 'broken-stream' })
  })
})

describe('an abort', () => {
  test('before anything is sent opens nothing', async () => {
    await expect(open((socket) => socket.write(rawReply('x')), AbortSignal.abort())).rejects.toMatchObject({ kind: 'aborted-by-caller' })
    expect(upstream?.requests.length).toBe(0)
  })

  test('while the answer is awaited, and in the middle of it, closes the connection', async () => {
    const controller = new AbortController()
    const closed: Promise<void>[] = []
    const waiting = open((socket) => {
      closed.push(new Promise((resolve) => socket.once('close', () => resolve())))
      controller.abort()
    }, controller.signal)
    await expect(waiting).rejects.toMatchObject({ kind: 'aborted-by-caller' })
    await closed[0]

    const later = new AbortController()
    const reply = await openAt(`${(await restarted('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nfirst')).url}/x`, later.signal)
    expect((await reply.body.next())?.map(String)).toEqual(['first'])
    later.abort()
    await expect(reply.body.next()).rejects.toMatchObject({ kind: 'aborted-by-caller' })
    await closed[1]

    async function restarted(text: string): Promise<RawUpstream> {
      await upstream?.close()
      upstream = await startRawUpstream((socket) => {
        closed.push(new Promise((resolve) => socket.once('close', () => resolve())))
        socket.write(text)
      })
      return upstream
    }
  })
})
