/** `npm run bench:proxy`: what Headgate adds to a request, against a bare Fastify + undici pass-through, in turns in the same run. All features on. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Agent, request } from 'undici'
import { cpuMs, median, printMachine, quantile, start } from './measure.ts'

/** Short turns, many of them: the machine's speed drifts, and both sides drift with it. */
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 30)
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const messages = [
  { role: 'system', content: 'You are a careful assistant. '.repeat(20) },
  { role: 'user', content: 'Where does the river go after the gate? '.repeat(15) },
  { role: 'assistant', content: 'It divides. '.repeat(20) },
  { role: 'user', content: 'And then?' },
]
const bodies = {
  whole: Buffer.from(JSON.stringify({ model: 'bench', messages, temperature: 0.2 })),
  stream: Buffer.from(JSON.stringify({ model: 'bench', messages, temperature: 0.2, stream: true })),
}

const upstream = await start(here('upstream.ts'), [], /(\d+)\n/)
const data = mkdtempSync(join(tmpdir(), 'headgate-bench-'))
mkdirSync(join(data, 'config'))
writeFileSync(
  join(data, 'config', 'models.yaml'),
  `providers: [{name: up, kind: openai-compatible, base_url: "http://127.0.0.1:${upstream.match}/v1"}]\nmodels: [{name: bench, deployments: [{provider: up, model: bench, lane: remote}]}]\n`,
)
const bare = await start(here('bare-proxy.ts'), [upstream.match], /(\d+)\n/)
const headgate = await start(here('../router/main.ts'), ['serve', '--port', '0', '--data', data], /listening on http:\/\/127\.0\.0\.1:(\d+)/, {
  HEADGATE_STARTER_MODEL: 'off',
})
const agent = new Agent({ connections: 64, allowH2: false })
const places = { bare: `http://127.0.0.1:${bare.match}`, headgate: `http://127.0.0.1:${headgate.match}` } as const
type Place = keyof typeof places

/** One request; ms to the head and first byte of the body, and to its end. */
async function once(place: Place, kind: keyof typeof bodies): Promise<{ firstMs: number; totalMs: number }> {
  const started = performance.now()
  const reply = await request(`${places[place]}/v1/chat/completions`, {
    method: 'POST',
    dispatcher: agent,
    headers: { 'content-type': 'application/json' },
    body: bodies[kind],
  })
  let firstMs = Number.NaN
  for await (const _ of reply.body) if (Number.isNaN(firstMs)) firstMs = performance.now() - started
  if (reply.statusCode !== 200) throw new Error(`${place} answered ${reply.statusCode}`)
  return { firstMs, totalMs: performance.now() - started }
}

/** CPU per request under load: 16 at once. */
async function cpuPerRequest(place: Place, kind: keyof typeof bodies, count: number): Promise<number> {
  const { child } = place === 'bare' ? bare : headgate
  const before = cpuMs(child)
  let left = count
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      while (left-- > 0) await once(place, kind)
    }),
  )
  return (cpuMs(child) - before) / count
}

/** Latency of single requests, one after the other, bare and Headgate in turn. */
async function latencies(kind: keyof typeof bodies, count: number) {
  const seen = { bare: { first: [] as number[], total: [] as number[] }, headgate: { first: [] as number[], total: [] as number[] } }
  for (let i = 0; i < count; i++)
    for (const place of ['bare', 'headgate'] as const) {
      const { firstMs, totalMs } = await once(place, kind)
      seen[place].first.push(firstMs)
      seen[place].total.push(totalMs)
    }
  return seen
}

try {
  printMachine()
  for (const place of ['bare', 'headgate'] as const)
    for (const kind of ['whole', 'stream'] as const) await cpuPerRequest(place, kind, kind === 'whole' ? 10_000 : 1_500) // until compiled
  const spent = { bare: 0, headgate: 0 }
  for (const [kind, count] of [
    ['whole', 800],
    ['stream', 200],
  ] as const) {
    const ratios: number[] = []
    const each = { bare: [] as number[], headgate: [] as number[] }
    for (let round = 0; round < rounds; round++) {
      const order = round % 2 === 0 ? (['bare', 'headgate'] as const) : (['headgate', 'bare'] as const)
      const cost = { bare: 0, headgate: 0 }
      for (const place of order) cost[place] = await cpuPerRequest(place, kind, count)
      each.bare.push(cost.bare)
      each.headgate.push(cost.headgate)
      ratios.push(cost.headgate / cost.bare)
    }
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
    spent.bare += sum(each.bare)
    spent.headgate += sum(each.headgate)
    console.log(
      `CPU per ${kind} request: ${(sum(each.headgate) / sum(each.bare)).toFixed(2)} × bare (median of ${rounds} turns ${median(ratios).toFixed(2)}, 10–90 % ${quantile(ratios, 0.1).toFixed(2)}–${quantile(ratios, 0.9).toFixed(2)}); bare ${((sum(each.bare) / rounds) * 1000).toFixed(0)} µs, Headgate ${((sum(each.headgate) / rounds) * 1000).toFixed(0)} µs`,
    )
  }
  console.log(`CPU of one whole and one streamed request together: ${(spent.headgate / spent.bare).toFixed(2)} × bare (wanted at most 1.5)`)
  const whole = await latencies('whole', 1500)
  const added = (q: number) => quantile(whole.headgate.total, q) - quantile(whole.bare.total, q)
  console.log(
    `added latency, whole: p50 ${added(0.5).toFixed(2)} ms, p99 ${added(0.99).toFixed(2)} ms (bare p50 ${quantile(whole.bare.total, 0.5).toFixed(2)} ms)`,
  )
  const stream = await latencies('stream', 500)
  console.log(
    `added time to first token: p50 ${(quantile(stream.headgate.first, 0.5) - quantile(stream.bare.first, 0.5)).toFixed(2)} ms, p99 ${(quantile(stream.headgate.first, 0.99) - quantile(stream.bare.first, 0.99)).toFixed(2)} ms (bare p50 ${quantile(stream.bare.first, 0.5).toFixed(2)} ms)`,
  )
  printMachine()
} finally {
  for (const { child } of [headgate, bare, upstream]) child.kill()
  await agent.close()
  rmSync(data, { recursive: true, force: true })
}
process.exit(0)
