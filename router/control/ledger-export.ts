/** The ledger as a file, a page at a time: JSON lines, or HAR 1.2. Bodies go in only where they were recorded and asked for. */
import type { Recording, RecordingStore, RequestFilter, RequestRow, RequestStore } from '../registry/index.ts'

export type ExportFormat = 'jsonl' | 'har'

export interface ExportParts {
  readonly requests: Pick<RequestStore, 'list'>
  readonly recordings: Pick<RecordingStore, 'get'>
  readonly rowView: (row: RequestRow) => Record<string, unknown>
  readonly version: string
}

export interface ExportOptions {
  readonly format: ExportFormat
  readonly filter: RequestFilter
  readonly withBodies: boolean
}

const PAGE_ROWS = 500

/** Text, in parts; between two parts the router does other work. */
export async function* exportedLedger({ format, filter, withBodies }: ExportOptions, parts: ExportParts): AsyncGenerator<string> {
  const recorded = (row: RequestRow) => (withBodies ? parts.recordings.get(row.id) : null)
  if (format === 'har') yield `{"log":{"version":"1.2","creator":{"name":"Headgate","version":${JSON.stringify(parts.version)}},"entries":[`
  let isFirst = true
  for (const page of pages(filter, parts.requests)) {
    let text = ''
    for (const row of page) {
      if (format === 'jsonl') text += `${JSON.stringify({ ...parts.rowView(row), ...bodiesOf(recorded(row)) })}\n`
      else text += `${isFirst ? '' : ','}\n${JSON.stringify(entryOf(row, recorded(row), parts.rowView(row)))}`
      isFirst = false
    }
    yield text
  }
  if (format === 'har') yield '\n]}}\n'
}

function* pages(filter: RequestFilter, requests: Pick<RequestStore, 'list'>): Generator<readonly RequestRow[]> {
  let before: string | null = null
  for (;;) {
    const page: readonly RequestRow[] = requests.list({ ...filter, limit: PAGE_ROWS, before })
    if (page.length > 0) yield page
    before = page.at(-1)?.id ?? null
    if (page.length < PAGE_ROWS) return
  }
}

const text = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString('utf8'))

function bodiesOf(recording: Recording | null): Record<string, unknown> {
  if (!recording) return {}
  return { recording: { headers: recording.headers, body: text(recording.body), reply: text(recording.reply), complete: recording.isComplete } }
}

/** Sizes that nobody knows are −1, as HAR has it; what Headgate knows besides stands under `_headgate`. */
function entryOf(row: RequestRow, recording: Recording | null, view: Record<string, unknown>): Record<string, unknown> {
  const waitMs = row.firstOutputMs ?? row.durationMs
  const type = row.stream ? 'text/event-stream' : 'application/json'
  return {
    startedDateTime: new Date(row.at).toISOString(),
    time: row.durationMs,
    request: {
      method: 'POST',
      url: 'http://127.0.0.1/v1/chat/completions',
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: Object.entries(recording?.headers ?? {}).map(([name, value]) => ({ name, value })),
      queryString: [],
      headersSize: -1,
      bodySize: -1,
      ...(recording ? { postData: { mimeType: 'application/json', text: text(recording.body) } } : {}),
    },
    response: {
      status: row.status,
      statusText: row.errorCode ?? '',
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: [],
      content: { size: -1, mimeType: type, ...(recording?.reply ? { text: text(recording.reply) } : {}) },
      redirectURL: '',
      headersSize: -1,
      bodySize: -1,
    },
    cache: {},
    timings: { send: 0, wait: waitMs, receive: Math.max(0, row.durationMs - waitMs) },
    comment: [row.tool, row.deployment ?? row.model ?? ''].join(' → '),
    _headgate: view,
  }
}
