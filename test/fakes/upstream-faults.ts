/** How FakeUp answers: one name per way to be right or wrong. What is wrong is wrong on the wire, as real servers have been. */
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'

export interface AskedFor {
  readonly model: string
  readonly stream?: boolean
  readonly stream_options?: { readonly include_usage?: boolean }
}

/** What of FakeUp an answer may look at. */
export interface FakeAnswer {
  readonly answer: string
  readonly headers: Readonly<Record<string, string>>
  readonly raw: { readonly body: Buffer; readonly contentType: string } | null
  readonly pieces: readonly Buffer[] | null
  readonly flood: { readonly offeredBytes: number; writtenBytes: number }
  /** Resolves when the test lets the answer go on. */
  wait(): Promise<void>
}

interface Turn {
  readonly fake: FakeAnswer
  readonly body: AskedFor
  readonly response: ServerResponse
}

/** Answers one request; resolves when it has written what it will write. */
export async function answerAs(fault: string, turn: Turn): Promise<void> {
  const { fake, body } = turn
  if (fake.raw) return await sendRaw(turn, fake.raw)
  if (/^\d{3}$/.test(fault))
    return json(
      turn,
      Number(fault),
      { error: { message: `fault ${fault}`, type: 'server_error', code: null } },
      fault === '429' ? { 'retry-after': '1' } : {},
    )
  const known = faults[fault]
  if (!known) return json(turn, 500, { error: { message: `unknown fault ${fault} of ${body.model}` } })
  await known(turn)
}

const faults: Readonly<Record<string, (turn: Turn) => void | Promise<void>>> = {
  ok: (turn) => (turn.body.stream ? stream(turn, wordsOf(turn)) : json(turn, 200, whole(turn))),
  slow: async (turn) => {
    if (turn.body.stream) return await stream(turn, wordsOf(turn), 50)
    await pause(300)
    json(turn, 200, whole(turn))
  },
  long: (turn) =>
    stream(
      turn,
      Array.from({ length: 200 }, (_, i) => `w${i} `),
      20,
    ),
  /** One word, then nothing until the test lets it go on. */
  held: async (turn) => {
    if (!turn.body.stream) {
      await turn.fake.wait()
      return json(turn, 200, whole(turn))
    }
    head(turn)
    turn.response.write(event(turn, { role: 'assistant', content: '' }) + event(turn, { content: 'One ' }))
    await turn.fake.wait()
    for (const word of wordsOf(turn)) turn.response.write(event(turn, { content: word }))
    end(turn)
  },
  /** Head, and a comment, but no output until the test lets it go on; then it fails. */
  late: async (turn) => {
    head(turn)
    turn.response.write(': still thinking\n\n')
    await turn.fake.wait()
    turn.response.destroy()
  },
  /** As much as the socket takes, in events of 16 KiB. */
  flood: async (turn) => {
    const { response, fake } = turn
    head(turn)
    const piece = event(turn, { content: 'x'.repeat(16 * 1024) })
    for (fake.flood.writtenBytes = 0; fake.flood.writtenBytes < fake.flood.offeredBytes && !response.destroyed; ) {
      const isTaken = response.write(piece)
      fake.flood.writtenBytes += piece.length
      if (!isTaken) await drained(response)
    }
    if (!response.destroyed) end(turn)
  },
  hang: () => {},
  'headers-only': (turn) => {
    head(turn)
    turn.response.flushHeaders()
  },
  'ping-forever': async (turn) => {
    head(turn)
    while (!turn.response.destroyed) {
      turn.response.write(': ping\n\n')
      await pause(20)
    }
  },
  reset: ({ response }) => void response.socket?.resetAndDestroy(),
  'cut-0': async (turn) => {
    head(turn)
    turn.response.write(event(turn, { role: 'assistant', content: '' }))
    await pause(5)
    turn.response.socket?.destroy()
  },
  cut: async (turn) => {
    if (turn.body.stream) threeWords(turn)
    else {
      turn.response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
      turn.response.write('{"id":"x","choices":[')
    }
    await pause(10)
    turn.response.socket?.destroy()
  },
  'clean-cut': (turn) => {
    threeWords(turn)
    turn.response.end()
  },
  stall: (turn) => threeWords(turn),
  'error-event': (turn) => {
    head(turn)
    turn.response.end('data: {"error":{"message":"overloaded","type":"server_error","code":503}}\n\n')
  },
  /** The error comes after output. */
  'late-error-event': (turn) => {
    threeWords(turn)
    turn.response.end('data: {"error":{"message":"overloaded","type":"server_error","code":503}}\n\n')
  },
  'error-200': (turn) => json(turn, 200, { error: { message: 'model crashed', type: 'server_error' } }),
  nostream: (turn) => json(turn, 200, whole(turn)),
  html: ({ response }) => {
    response.writeHead(200, { 'content-type': 'text/html' })
    response.end('<html><body>Sign in to the hotel network</body></html>')
  },
  gzip: (turn) => {
    turn.response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
    turn.response.end(gzipSync(Buffer.from(JSON.stringify(whole(turn)))))
  },
  redirect: ({ response, fake }) => {
    response.writeHead(307, { location: 'http://127.0.0.1:1/elsewhere', ...fake.headers })
    response.end()
  },
  garbled: ({ response }) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end('{"id":"x","choices":')
  },
  empty: ({ response }) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end()
  },
  'huge-event': async (turn) => {
    const { response } = turn
    head(turn)
    for (let i = 0; i < 64 && !response.destroyed; i++) {
      response.write(`${i === 0 ? 'data: ' : ''}${'x'.repeat(64 * 1024)}`)
      await pause(1)
    }
    response.end('\n\n')
  },
  quota: (turn) => json(turn, 429, { error: { message: 'You exceeded your current quota', type: 'insufficient_quota', code: 'insufficient_quota' } }),
  'not-found': (turn) =>
    json(turn, 404, {
      error: { message: `The model \`${turn.body.model}\` does not exist`, type: 'invalid_request_error', code: 'model_not_found' },
    }),
  context: (turn) =>
    json(turn, 400, {
      error: {
        message: "This model's maximum context length is 4096 tokens. However, you requested 9000 tokens.",
        type: 'invalid_request_error',
        code: 'context_length_exceeded',
      },
    }),
  refused: (turn) =>
    json(turn, 400, {
      error: { message: 'temperature must be at most 2', type: 'invalid_request_error', param: 'temperature', code: 'invalid_value' },
    }),
  loading: (turn) => json(turn, 503, { error: { message: 'Loading model', type: 'unavailable_error', code: 503 } }),
  tools: (turn) => {
    const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } }
    if (!turn.body.stream)
      return json(turn, 200, {
        ...whole(turn),
        choices: [{ index: 0, message: { role: 'assistant', content: null, tool_calls: [call] }, finish_reason: 'tool_calls' }],
      })
    head(turn)
    const part = (fields: Record<string, unknown>) => event(turn, { tool_calls: [{ index: 0, ...fields }] })
    turn.response.write(
      event(turn, { role: 'assistant', content: null }) + part({ id: call.id, type: call.type, function: { name: 'weather', arguments: '' } }),
    )
    turn.response.write(part({ function: { arguments: '{"city":' } }) + part({ function: { arguments: '"Bern"}' } }))
    end(turn, 'tool_calls')
  },
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const wordsOf = ({ fake }: Turn) => fake.answer.match(/\S+\s*/g) ?? []

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.on('drain', done)
    response.on('close', done)
  })
}

async function sendRaw({ fake, response }: Turn, raw: NonNullable<FakeAnswer['raw']>): Promise<void> {
  response.writeHead(200, { 'content-type': raw.contentType, ...fake.headers })
  if (!fake.pieces) return void response.end(raw.body)
  for (const piece of fake.pieces) {
    response.write(piece)
    await pause(1)
  }
  response.end()
}

function json({ fake, response }: Turn, status: number, value: unknown, headers: Record<string, string> = {}): void {
  const text = JSON.stringify(value)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers, ...fake.headers })
  response.end(text)
}

const head = ({ fake, response }: Turn) => void response.writeHead(200, { 'content-type': 'text/event-stream', ...fake.headers })

function threeWords(turn: Turn): void {
  head(turn)
  for (const word of ['One ', 'two ', 'three ']) turn.response.write(event(turn, { content: word }))
}

const usage = { prompt_tokens: 11, completion_tokens: 5, total_tokens: 16, prompt_tokens_details: { cached_tokens: 4 } }

const whole = ({ fake, body }: Turn) => ({
  id: 'chatcmpl-far',
  object: 'chat.completion',
  created: 1_700_000_000,
  model: body.model,
  choices: [{ index: 0, message: { role: 'assistant', content: fake.answer }, finish_reason: 'stop' }],
  usage,
})

const chunk = (body: AskedFor, rest: Record<string, unknown>) =>
  `data: ${JSON.stringify({ id: 'chatcmpl-far', object: 'chat.completion.chunk', created: 1_700_000_000, model: body.model, ...rest })}\n\n`

const event = ({ body }: Turn, delta: unknown, finish: string | null = null) => chunk(body, { choices: [{ index: 0, delta, finish_reason: finish }] })

async function stream(turn: Turn, words: readonly string[], gapMs = 0): Promise<void> {
  head(turn)
  turn.response.write(event(turn, { role: 'assistant', content: '' }))
  for (const word of words) {
    if (turn.response.destroyed) return
    turn.response.write(event(turn, { content: word }))
    if (gapMs > 0) await pause(gapMs)
  }
  end(turn)
}

function end(turn: Turn, finish = 'stop'): void {
  turn.response.write(event(turn, {}, finish))
  if (turn.body.stream_options?.include_usage === true) turn.response.write(chunk(turn.body, { choices: [], usage }))
  turn.response.end('data: [DONE]\n\n')
}
