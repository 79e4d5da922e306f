/** A caller on a bare socket: sends exactly these bytes in these segments and keeps exactly what came back. */
import { connect, type Socket } from 'node:net'

export interface RawReply {
  readonly status: number
  /** Status line and headers as they came. */
  readonly head: string
  /** The body without the framing of its chunks. */
  readonly body: Buffer
  /** The end of the body was there: its length was reached, or the last chunk came. */
  readonly isWhole: boolean
  /** The other side closed the connection. */
  readonly isClosed: boolean
}

export interface RawCall {
  readonly socket: Socket
  /** What has come so far. */
  soFar(): RawReply
  /** Resolves when the reply is whole or the connection is closed. */
  reply(): Promise<RawReply>
  /** Resolves when the reply so far satisfies the question. */
  until(question: (reply: RawReply) => boolean): Promise<RawReply>
}

/** Opens a connection and sends the segments, each in a packet of its own. */
export function callRaw(url: string, segments: readonly (Uint8Array | string)[]): RawCall {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  const watchers = new Set<() => void>()
  let received = Buffer.alloc(0)
  let isClosed = false
  const changed = () => {
    for (const watcher of [...watchers]) watcher()
  }
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk])
    changed()
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    isClosed = true
    changed()
  })
  void send(socket, segments)
  const soFar = () => ({ ...parse(received), isClosed })
  const until: RawCall['until'] = (question) =>
    new Promise((resolve, reject) => {
      const look = () => {
        const reply = soFar()
        const isAnswered = question(reply)
        if (!isAnswered && !isClosed) return
        watchers.delete(look)
        if (isAnswered) resolve(reply)
        else reject(new Error(`the connection was closed after:\n${received.toString('latin1')}`))
      }
      watchers.add(look)
      look()
    })
  return { socket, soFar, until, reply: () => until((reply) => reply.isWhole || reply.isClosed) }
}

/** A POST of these body bytes as one text. */
export function rawPost(url: string, path: string, body: Uint8Array | string, headers: readonly string[] = []): Buffer {
  const bytes = Buffer.from(body as string)
  const head = [
    `POST ${path} HTTP/1.1`,
    `host: ${new URL(url).host}`,
    'content-type: application/json',
    `content-length: ${bytes.length}`,
    ...headers,
  ]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes])
}

async function send(socket: Socket, segments: readonly (Uint8Array | string)[]): Promise<void> {
  for (const segment of segments) {
    await new Promise<void>((resolve) => socket.write(segment, () => resolve()))
    if (segments.length > 1) await new Promise((resolve) => setTimeout(resolve, 2)) // else the kernel sends them together
  }
}

function parse(bytes: Buffer): Omit<RawReply, 'isClosed'> {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return { status: 0, head: '', body: Buffer.alloc(0), isWhole: false }
  const head = bytes.toString('latin1', 0, end)
  const rest = bytes.subarray(end + 4)
  const status = Number(head.split(' ')[1])
  if (/^transfer-encoding: *chunked/im.test(head)) return { status, head, ...unchunked(rest) }
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0)
  return { status, head, body: rest.subarray(0, length), isWhole: rest.length >= length }
}

function unchunked(bytes: Buffer): { body: Buffer; isWhole: boolean } {
  const parts: Buffer[] = []
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return { body: Buffer.concat(parts), isWhole: false }
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    if (size === 0) return { body: Buffer.concat(parts), isWhole: true }
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 2 + size + 2
  }
}
