/** A fast upstream for benchmarks: answers every chat request from memory, whole or as a stream of 50 events. Prints its port. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const whole = Buffer.from(
  JSON.stringify({
    id: 'chatcmpl-bench',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'bench',
    choices: [{ index: 0, message: { role: 'assistant', content: 'The river divides at the gate. '.repeat(30) }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 400, completion_tokens: 210, total_tokens: 610 },
  }),
)
const chunk = (delta: unknown, finish: string | null) =>
  Buffer.from(
    `data: ${JSON.stringify({ id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'bench', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`,
  )
const events = [
  chunk({ role: 'assistant', content: '' }, null),
  ...Array.from({ length: 50 }, (_, i) => chunk({ content: ` token${i}` }, null)),
  chunk({}, 'stop'),
]
const usage = Buffer.from(
  'data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,"model":"bench","choices":[],"usage":{"prompt_tokens":400,"completion_tokens":50,"total_tokens":450}}\n\n',
)
const done = Buffer.from('data: [DONE]\n\n')

const server = createServer((message, response) => {
  if (message.method === 'GET') {
    response.writeHead(200, { 'content-type': 'application/json' })
    return void response.end('{"object":"list","data":[]}')
  }
  const chunks: Buffer[] = []
  message.on('data', (data: Buffer) => chunks.push(data))
  message.on('end', () => {
    const body = Buffer.concat(chunks)
    if (!body.includes('"stream":true')) {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': whole.length })
      return void response.end(whole)
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    let next = 0
    // One event per turn of the loop: each arrives on its own, as tokens do.
    const write = () => {
      if (response.destroyed) return
      const event = events[next++]
      if (event) {
        response.write(event)
        return void setImmediate(write)
      }
      if (body.includes('"include_usage":true')) response.write(usage)
      response.end(done)
    }
    write()
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`))
