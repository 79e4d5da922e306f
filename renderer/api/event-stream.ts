/** `GET /admin/events` over fetch, because EventSource cannot send a bearer. Invariant: an event is handed on whole and once; the last id is kept for the next connection. */
import { adminFetch } from './client.ts'
import type { AdminEvent } from './types.ts'

export interface StreamReaders {
  readonly onOpen: () => void
  readonly onEvent: (event: AdminEvent) => void
}

/** A silent stream is dead: the router sends a comment at least this often. */
const silenceLimitMs = 60_000

/** Reads one connection until it ends. Resolves when the router closes it, rejects as `adminFetch` does. */
export function createEventStream({ onOpen, onEvent }: StreamReaders) {
  let lastId: string | null = null

  return async function readOnce(signal: AbortSignal): Promise<void> {
    const silence = new AbortController()
    let timer = setTimeout(() => silence.abort(), silenceLimitMs)
    try {
      const headers: Record<string, string> = { accept: 'text/event-stream' }
      if (lastId !== null) headers['last-event-id'] = lastId
      const response = await adminFetch('/admin/events', { headers, signal: AbortSignal.any([signal, silence.signal]) })
      if (!response.ok || !response.body) throw new Error(`the router answered ${response.status}`)
      onOpen()
      const parse = createParser((id, data) => {
        if (id !== null) lastId = id
        const event = parseEvent(data)
        if (event) onEvent(event)
      })
      for await (const chunk of readText(response.body)) {
        clearTimeout(timer)
        timer = setTimeout(() => silence.abort(), silenceLimitMs)
        parse(chunk)
      }
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Server-sent events by the HTML standard: lines end in CR, LF or both; an empty line ends an event; comments are skipped. */
export function createParser(onMessage: (id: string | null, data: string) => void): (chunk: string) => void {
  let rest = ''
  let data: string[] = []
  let id: string | null = null
  return (chunk) => {
    const text = rest + chunk
    // A CR at the very end may be half of a CRLF: it waits for the next chunk.
    const end = text.endsWith('\r') ? text.length - 1 : text.length
    const lines = text.slice(0, end).split(/\r\n|\r|\n/)
    rest = (lines.pop() ?? '') + text.slice(end)
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) onMessage(id, data.join('\n'))
        data = []
        id = null
      } else if (!line.startsWith(':')) {
        const colon = line.indexOf(':')
        const field = colon < 0 ? line : line.slice(0, colon)
        const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
        if (field === 'data') data.push(value)
        if (field === 'id') id = value
      }
    }
  }
}

async function* readText(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield decoder.decode(value, { stream: true })
    }
  } finally {
    void reader.cancel().catch(() => undefined)
  }
}

function parseEvent(data: string): AdminEvent | null {
  try {
    return JSON.parse(data) as AdminEvent
  } catch {
    // One unreadable event is not worth the connection.
    return null
  }
}
