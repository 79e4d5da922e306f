/** A connection on which a test writes bytes as they are: what an HTTP client would tidy up or hide goes out unchanged, and every reply is read as bytes. */
import { connect, type Socket } from 'node:net'

export interface RawReply {
  readonly status: number
  /** Lower-case names; repeated headers joined with a comma. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into replies of any shape
  json(): any
}

export interface RawConnection {
  readonly socket: Socket
  write(bytes: string | Buffer): void
  /** The next whole reply, interim ones (1xx) included. Rejects when the connection ends before it. */
  reply(options?: { readonly isHead?: boolean }): Promise<RawReply>
  /** Resolves when the other side has closed. */
  closed(): Promise<void>
  /** Everything that came and was not taken as a reply. */
  rest(): string
  end(): void
}

export async function openRaw(port: number, host = '127.0.0.1'): Promise<RawConnection> {
  const socket = connect({ port, host, noDelay: true })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve())
    socket.once('error', reject)
  })
  let received = Buffer.alloc(0)
  let isClosed = false
  const listeners = new Set<() => void>()
  const wake = () => {
    for (const listener of [...listeners]) listener()
  }
  socket.on('error', () => {}) // told by `close`
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk])
    wake()
  })
  for (const name of ['end', 'close'] as const)
    socket.on(name, () => {
      isClosed = true
      wake()
    })
  const until = <Value>(look: () => Value | null): Promise<Value> =>
    new Promise((resolve, reject) => {
      const listener = () => {
        const value = look()
        if (value !== null) {
          listeners.delete(listener)
          resolve(value)
        } else if (isClosed) {
          listeners.delete(listener)
          reject(new Error(`the connection ended without a whole reply: ${JSON.stringify(received.toString('latin1').slice(0, 500))}`))
        }
      }
      listeners.add(listener)
      listener()
    })
  return {
    socket,
    write: (bytes) => void socket.write(bytes),
    async reply({ isHead = false } = {}) {
      const { reply, length } = await until(() => replyIn(received, isHead))
      received = received.subarray(length)
      return reply
    },
    closed: () => until(() => (isClosed ? true : null)).then(() => {}),
    rest: () => received.toString('latin1'),
    end: () => socket.destroy(),
  }
}

/** Sends one request on a connection of its own and reads one reply. */
export async function askRaw(port: number, bytes: string | Buffer): Promise<RawReply> {
  const connection = await openRaw(port)
  try {
    connection.write(bytes)
    return await connection.reply({ isHead: bytes.toString('latin1', 0, 5).startsWith('HEAD ') })
  } finally {
    connection.end()
  }
}

export interface RequestParts {
  readonly method?: string
  readonly path?: string
  /** Lines as they are to be sent; `host` is added unless it is given. */
  readonly headers?: readonly string[]
  readonly body?: string | Buffer
  readonly port: number
}

/** Bytes of a request; the length of the body is added unless a length or an encoding is given. */
export function requestBytes({ method = 'POST', path = '/v1/chat/completions', headers = [], body, port }: RequestParts): Buffer {
  const has = (name: string) => headers.some((line) => line.toLowerCase().startsWith(`${name}:`))
  const lines = [
    `${method} ${path} HTTP/1.1`,
    ...(has('host') ? [] : [`host: 127.0.0.1:${port}`]),
    ...headers,
    ...(body === undefined || has('content-length') || has('transfer-encoding') ? [] : [`content-length: ${Buffer.byteLength(body)}`]),
  ]
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(body ?? '')])
}

function replyIn(bytes: Buffer, isHead: boolean): { reply: RawReply; length: number } | null {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd === -1) return null
  const [first = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n')
  const status = Number(first.split(' ')[1])
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const cut = line.indexOf(':')
    const name = line.slice(0, cut).toLowerCase()
    const value = line.slice(cut + 1).trim()
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`
  }
  const start = headEnd + 4
  const finished = (body: string, length: number) => ({ reply: { status, headers, body, json: () => JSON.parse(body) }, length })
  if (isHead || status < 200 || status === 204 || status === 304) return finished('', start)
  if (headers['transfer-encoding'] === 'chunked') return chunked(bytes, start, finished)
  const length = Number(headers['content-length'] ?? 0)
  if (bytes.length < start + length) return null
  return finished(bytes.toString('utf8', start, start + length), start + length)
}

function chunked<Reply>(bytes: Buffer, start: number, finished: (body: string, length: number) => Reply): Reply | null {
  const parts: Buffer[] = []
  for (let at = start; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd === -1) return null
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    const next = lineEnd + 2 + size + 2
    if (bytes.length < next) return null
    if (size === 0) return finished(Buffer.concat(parts).toString('utf8'), next)
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = next
  }
}
