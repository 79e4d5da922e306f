/** A provider whose model list, key check and answers are what a test says: real HTTP, one reply per path, everything that was sent is kept. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FakeProvider {
  readonly url: string
  readonly origin: string
  /** In order: path, and the credential as it came. */
  readonly seen: {
    readonly method: string
    readonly path: string
    readonly authorization: string | undefined
    readonly headers: IncomingMessage['headers']
    /** As text, complete before it is answered. */
    readonly body: string
  }[]
  /** Answers `GET /v1/models`. */
  list: (response: ServerResponse, message: IncomingMessage) => void
  /** Answers `GET /v1/key`; null = 404. */
  key: ((response: ServerResponse) => void) | null
  /** Answers a chat. */
  chat: (response: ServerResponse, message: IncomingMessage) => void
  close(): Promise<void>
}

export const json =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }

export const models = (...ids: readonly string[]) => json(200, { object: 'list', data: ids.map((id) => ({ id })) })

export const answer = json(200, {
  id: 'x',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
})

export async function startFakeProvider(): Promise<FakeProvider> {
  const seen: FakeProvider['seen'] = []
  const server = createServer((message, response) => {
    const chunks: Buffer[] = []
    message.on('data', (chunk: Buffer) => chunks.push(chunk))
    message.once('end', () => reply(message, response, Buffer.concat(chunks).toString('utf8')))
  })
  function reply(message: IncomingMessage, response: ServerResponse, body: string): void {
    const { method = '', url: path = '', headers } = message
    seen.push({ method, path, authorization: headers.authorization, headers, body })
    if (method === 'POST') fake.chat(response, message)
    else if (!path.endsWith('/key')) fake.list(response, message)
    else (fake.key ?? json(404, { error: { message: 'no such page' } }))(response)
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const fake: FakeProvider = {
    url: `${origin}/v1`,
    origin,
    seen,
    list: models('one', 'two'),
    key: null,
    chat: answer,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return fake
}
