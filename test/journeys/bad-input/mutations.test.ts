/** Property 1 of the page of bad input, over real HTTP: whatever is done to a body, the answer is a success or an error of the table, never a 500, and the router lives on. */
import { Agent, type IncomingMessage, request } from 'node:http'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { errorKinds, errorTable } from '../../../router/core/errors.ts'
import { type Stage, startStage } from './refusals.ts'

let stage: Stage
const agent = new Agent({ keepAlive: true, maxSockets: 8 })
beforeAll(async () => {
  stage = await startStage()
})
afterAll(async () => {
  agent.destroy()
  await stage.stop()
})

const seeds = [
  '{"model":"m","messages":[{"role":"user","content":"Hi"}]}',
  '{"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"system","content":"You"},{"role":"user","content":[{"type":"text","text":"h\\u00e9 \\ud83d\\ude00"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}],"max_tokens":5,"temperature":0.5}',
  '{"model":"meta-llama/Llama-3.3-70B-Instruct","messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c1","content":"1"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":{"type":"string"}}}}}],"tool_choice":"auto","response_format":{"type":"json_object"},"user":"u","metadata":{"k":"v"},"n":1,"stop":["x"],"seed":1}',
].map((text) => Buffer.from(text))
const paths = [
  '/v1/chat/completions',
  '/v1/chat/completions',
  '/routing/explain',
  '/admin/split',
  '/admin/keys',
  '/admin/models',
  '/admin/session',
] as const

interface Sent {
  readonly path: string
  readonly body: Buffer
}

const snippets = [
  'null',
  '[]',
  '{}',
  '""',
  '1e999',
  '-0',
  '"\\ud800"',
  '"\\u0000"',
  '{"__proto__":1}',
  '[[[[',
  '}}',
  ',',
  '\n',
  '\xff',
  '"model":"m",',
  'true',
  '1e-400',
  '"'.repeat(3),
]
const change = fc.record({
  at: fc.nat(1_000),
  how: fc.constantFrom('set', 'insert', 'remove', 'snippet', 'double', 'cut'),
  byte: fc.nat(255),
  length: fc.nat(20),
  snippet: fc.constantFrom(...snippets),
})
const fuzzed: fc.Arbitrary<Sent> = fc.record({
  path: fc.constantFrom(...paths),
  body: fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .tuple(fc.constantFrom(...seeds), fc.array(change, { minLength: 1, maxLength: 5 }))
        .map(([seed, changes]) => mutated(seed, changes)),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 2, arbitrary: fc.jsonValue({ depthSize: 'large' }).map((value) => Buffer.from(JSON.stringify(value))) },
    {
      weight: 2,
      arbitrary: fc
        .dictionary(
          fc.constantFrom(
            'model',
            'messages',
            'stream',
            'tools',
            'max_tokens',
            'body',
            'headers',
            'remote_share',
            'lock',
            'name',
            'deployments',
            'code',
            'metadata',
          ),
          fc.jsonValue(),
        )
        .map((value) => Buffer.from(JSON.stringify(value))),
    },
  ),
})

function mutated(seed: Buffer, changes: readonly { at: number; how: string; byte: number; length: number; snippet: string }[]): Buffer {
  let bytes = seed
  for (const { at, how, byte, length, snippet } of changes) {
    const place = at % (bytes.length + 1)
    const before = bytes.subarray(0, place)
    const after = bytes.subarray(place)
    if (how === 'set') bytes = Buffer.concat([before, Buffer.from([byte]), after.subarray(1)])
    else if (how === 'insert') bytes = Buffer.concat([before, Buffer.from([byte]), after])
    else if (how === 'remove') bytes = Buffer.concat([before, after.subarray(length)])
    else if (how === 'snippet') bytes = Buffer.concat([before, Buffer.from(snippet, 'latin1'), after])
    else if (how === 'double') bytes = Buffer.concat([before, after.subarray(0, length), after])
    else bytes = before
  }
  return bytes
}

async function send({ path, body }: Sent): Promise<{ status: number; text: string; type: string }> {
  const reply = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked = request(
      {
        agent,
        host: '127.0.0.1',
        port: stage.port,
        path,
        method: path === '/admin/split' ? 'PUT' : 'POST',
        headers: {
          'content-type': 'application/json',
          'content-length': body.length,
          ...(path.startsWith('/admin') ? { authorization: `Bearer ${stage.test.adminToken}` } : {}),
        },
      },
      resolve,
    )
    asked.on('error', reject)
    asked.end(body)
  })
  const chunks: Buffer[] = []
  for await (const chunk of reply) chunks.push(chunk as Buffer)
  return { status: reply.statusCode ?? 0, text: Buffer.concat(chunks).toString(), type: reply.headers['content-type'] ?? '' }
}

const known = new Set<number>([200, 201, 413, 415, ...errorKinds.map((kind) => errorTable[kind].status)])
known.delete(errorTable.internal.status)

it('2 000 mutated bodies are answered by the table, and the router lives on', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fuzzed, { minLength: 8, maxLength: 8 }), async (batch) => {
      const replies = await Promise.all(batch.map(send))
      for (const [index, { status, text, type }] of replies.entries()) {
        expect({ sent: batch[index]?.body.toString('latin1'), path: batch[index]?.path, status, text: text.slice(0, 300) }).toMatchObject({
          status: expect.toSatisfy((value: number) => known.has(value)),
        })
        if (status < 400) continue
        expect(type).toBe('application/json')
        const body = JSON.parse(text)
        expect(body).toEqual({
          error: { message: expect.any(String), type: expect.any(String), param: body.error.param, code: expect.any(String) },
          headgate: expect.any(Object),
        })
        expect(body.error.message.length).toBeLessThanOrEqual(1024)
      }
    }),
    { numRuns: 250 },
  )
  await stage.test.admin('DELETE', '/admin/split')
  const last = await send({ path: '/v1/chat/completions', body: seeds[0] as Buffer })
  expect([last.status, JSON.parse(last.text).choices[0].message.content]).toEqual([200, 'Hello from far away.'])
})
