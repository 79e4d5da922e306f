/** An upstream on a bare socket: sees exactly the bytes of each request and answers with exactly the bytes that the test writes. */
import { type AddressInfo, createServer, type Socket } from 'node:net'

export interface RawRequest {
  /** Request line and headers as they came. */
  readonly head: string
  readonly body: Buffer
  /** Which connection it came on, from 1. */
  readonly connection: number
  /** Which request of that connection it is, from 1. */
  readonly number: number
}

export interface RawUpstream {
  readonly url: string
  readonly requests: readonly RawRequest[]
  close(): Promise<void>
}

/** Probes (`GET`) are answered with an empty list of models. */
export async function startRawUpstream(answer: (socket: Socket, request: RawRequest) => void): Promise<RawUpstream> {
  const requests: RawRequest[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer((socket) => {
    const connection = ++connections
    let number = 0
    let received = Buffer.alloc(0)
    socket.setNoDelay(true)
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      const end = received.indexOf('\r\n\r\n')
      if (end < 0) return
      const head = received.toString('latin1', 0, end)
      const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0)
      if (received.length < end + 4 + length) return
      const body = Buffer.from(received.subarray(end + 4, end + 4 + length))
      received = received.subarray(end + 4 + length)
      if (head.startsWith('GET ')) return void socket.write(rawReply('{"object":"list","data":[]}'))
      const request = { head, body, connection, number: ++number }
      requests.push(request)
      answer(socket, request)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** A whole 200 reply of these bytes, keep-alive. */
export function rawReply(body: Uint8Array | string, headers: readonly string[] = ['content-type: application/json']): Buffer {
  const bytes = Buffer.from(body as string)
  return Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${headers.join('\r\n')}\r\ncontent-length: ${bytes.length}\r\n\r\n`), bytes])
}
