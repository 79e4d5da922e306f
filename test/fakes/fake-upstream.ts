/** FakeUp: a real HTTP server that speaks Chat Completions and fails in the way that `faults`, `fault` or the model name (`fb-…`) says. Also runs as a process of its own, to be killed. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type AskedFor, answerAs, type FakeAnswer } from './upstream-faults.ts'

export interface SeenRequest {
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly bytes: Buffer
  /** Set when the caller hung up before the answer ended. */
  aborted: boolean
  /** Monotonic ms. */
  abortedAt: number | null
}

export interface FakeUpstream {
  readonly url: string
  readonly port: number
  /** In the order in which they came; probes of `/v1/models` and `/health` are not counted. */
  readonly requests: SeenRequest[]
  /** Looks at `/v1/models` and `/health`. */
  readonly probes: number
  /** Overrides the fault of the model name; null = by name. */
  fault: string | null
  /** Faults of the next requests, one each, before `fault`. */
  faults: string[]
  /** Text of the answer. */
  answer: string
  /** Headers added to every reply. */
  headers: Record<string, string>
  /** Raw bytes of every whole reply or stream, sent as they are. */
  raw: { body: Buffer; contentType: string } | null
  /** Pieces in which a raw stream is written. */
  pieces: Buffer[] | null
  /** Bytes that `flood` offers, and what the socket has taken of them. */
  readonly flood: { offeredBytes: number; writtenBytes: number }
  /** Lets every answer go on that waits (`held`, `late`). */
  release(): void
  openSockets(): number
  /** Ends all connections and stops listening; `listen` brings it back on the same port. */
  close(): Promise<void>
  listen(): Promise<void>
}

export async function startFakeUpstream(port = 0, host = '127.0.0.1'): Promise<FakeUpstream> {
  const requests: SeenRequest[] = []
  const sockets = new Set<Socket>()
  let waiting: (() => void)[] = []
  let probes = 0
  let server: Server
  let bound = port
  const create = () => {
    const made = createServer((message, response) => void serve(message, response))
    made.keepAliveTimeout = 5_000
    made.on('connection', (socket) => {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.once('close', () => sockets.delete(socket))
    })
    return made
  }
  const fake: FakeUpstream & FakeAnswer = {
    get url() {
      return `http://${host}:${bound}/v1`
    },
    get port() {
      return bound
    },
    get probes() {
      return probes
    },
    requests,
    fault: null,
    faults: [],
    answer: 'Hello from far away.',
    headers: {},
    raw: null,
    pieces: null,
    flood: { offeredBytes: 64 * 1024 * 1024, writtenBytes: 0 },
    release() {
      const released = waiting
      waiting = []
      for (const go of released) go()
    },
    wait: () => new Promise((resolve) => waiting.push(resolve)),
    openSockets: () => sockets.size,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
    async listen() {
      server = create()
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(bound, host, () => resolve())
      })
      bound = (server.address() as AddressInfo).port
    },
  }

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    if (message.method === 'GET') {
      probes++
      response.writeHead(200, { 'content-type': 'application/json' })
      return void response.end('{"object":"list","data":[{"id":"fb-ok"}]}')
    }
    const chunks: Buffer[] = []
    try {
      for await (const chunk of message) chunks.push(chunk as Buffer)
    } catch {
      return // the caller went away while it was still asking
    }
    const seen: SeenRequest = { path: message.url ?? '', headers: message.headers, bytes: Buffer.concat(chunks), aborted: false, abortedAt: null }
    requests.push(seen)
    response.once('close', () => {
      if (response.writableFinished) return
      seen.aborted = true
      seen.abortedAt = performance.now()
    })
    const body = JSON.parse(seen.bytes.toString('utf8')) as AskedFor
    const byName = /^fb-/.test(body.model) ? body.model.slice(3) : 'ok'
    await answerAs(fake.faults.shift() ?? fake.fault ?? byName, { fake, body, response })
  }

  await fake.listen()
  return fake
}

if (process.argv[1]?.endsWith('fake-upstream.ts')) {
  const fake = await startFakeUpstream(Number(process.argv[2] ?? 0))
  fake.fault = process.argv[3] ?? null
  process.stdout.write(`${fake.port}\n`)
}
