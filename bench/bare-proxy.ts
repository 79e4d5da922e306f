/** The baseline of `bench:proxy`: Fastify in front, undici behind, bytes through, and nothing else. Prints its port. */
import type { AddressInfo } from 'node:net'
import fastify from 'fastify'
import { Agent, request } from 'undici'

const upstream = `http://127.0.0.1:${process.argv[2]}/v1/chat/completions`
const agent = new Agent({ connections: 512, allowH2: false })
const app = fastify({ logger: false, bodyLimit: 32 * 1024 * 1024 })
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
app.post('/v1/chat/completions', async (incoming, reply) => {
  const answer = await request(upstream, {
    method: 'POST',
    dispatcher: agent,
    headers: { 'content-type': 'application/json' },
    body: incoming.body as Buffer,
  })
  reply.code(answer.statusCode)
  reply.header('content-type', answer.headers['content-type'])
  if (answer.headers['content-length']) reply.header('content-length', answer.headers['content-length'])
  return reply.send(answer.body)
})
await app.listen({ port: 0, host: '127.0.0.1' })
process.stdout.write(`${(app.server.address() as AddressInfo).port}\n`)
