/**
 * `npm run bench:engine`: tokens per second through the endpoint, against llama-server where LLAMA_SERVER names its binary, else against the best
 * direct use of node-llama-cpp, in turns in the same run. BENCH_MODEL: a GGUF file (default: the starter model of the data folder).
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Agent, request } from 'undici'
import { dataFolderPath } from '../router/host/data-folder.ts'
import { median, printMachine, start } from './measure.ts'

const pairs = Number(process.env['BENCH_PAIRS'] ?? 7)
const count = Number(process.env['BENCH_TOKENS'] ?? 120)
const threads = Number(process.env['BENCH_THREADS'] ?? 1)
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const file = process.env['BENCH_MODEL'] ?? join(dataFolderPath(process.env, process.platform), 'models', 'SmolLM2-135M-Instruct.Q4_1.gguf')
if (!existsSync(file)) {
  console.error(`No model at ${file}: start Headgate once, or name a GGUF file with BENCH_MODEL.`)
  process.exit(1)
}
const subjects = ['a river', 'a dog', 'a mountain', 'the sea']
let run = 0
/** A number in front makes every prompt new: neither side may reuse a prefix. */
const prompts = (streams: number) => subjects.slice(0, streams).map((subject) => `${++run}. Write a long story about ${subject}.`)
const agent = new Agent({ connections: 16, allowH2: false, headersTimeout: 0, bodyTimeout: 0 })

async function throughEndpoint(url: string, asked: readonly string[]): Promise<number> {
  const started = performance.now()
  const made = await Promise.all(
    asked.map(async (prompt) => {
      const reply = await request(`${url}/v1/chat/completions`, {
        method: 'POST',
        dispatcher: agent,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          model: 'auto',
          temperature: 0,
          stream: true,
          stream_options: { include_usage: true },
          max_tokens: count,
          cache_prompt: false,
          messages: [
            { role: 'system', content: 'You are a helpful assistant.' }, // else the template writes one of its own, and the prompts differ
            { role: 'user', content: prompt },
          ],
        }),
      })
      const text = await reply.body.text()
      const tokens = /"completion_tokens":(\d+)/.exec(text)?.[1]
      if (reply.statusCode !== 200 || !tokens) throw new Error(`${url} answered ${reply.statusCode}: ${text.slice(0, 300)}`)
      return Number(tokens)
    }),
  )
  return (made.reduce((sum, each) => sum + each, 0) / (performance.now() - started)) * 1000
}

async function directBaseline(): Promise<{ name: string; child: ChildProcess; rate: (asked: readonly string[]) => Promise<number> }> {
  const child = fork(here('direct-engine.ts'), [file, String(threads)], { env: { ...process.env, UV_THREADPOOL_SIZE: '1' } })
  const reply = () => new Promise<unknown>((resolve) => child.once('message', resolve))
  await reply()
  return {
    name: 'node-llama-cpp directly',
    child,
    async rate(asked) {
      const answer = reply()
      child.send({ prompts: asked, count })
      return ((await answer) as { tokensPerSecond: number }).tokensPerSecond
    },
  }
}

async function llamaServer(binary: string): Promise<{ name: string; child: ChildProcess; rate: (asked: readonly string[]) => Promise<number> }> {
  const port = 20_000 + (process.pid % 20_000)
  const child = spawn(binary, ['-m', file, '--port', String(port), '--host', '127.0.0.1', '-t', String(threads), '-np', '4', '-c', '8192'], {
    stdio: 'ignore',
  })
  const url = `http://127.0.0.1:${port}`
  for (let tries = 0; ; tries++) {
    const status = await request(`${url}/health`, { dispatcher: agent }).then(
      async ({ statusCode, body }) => {
        await body.dump()
        return statusCode
      },
      () => 0,
    )
    if (status === 200) break
    if (tries > 300) throw new Error('llama-server did not start')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return { name: 'llama-server', child, rate: (asked) => throughEndpoint(url, asked) }
}

const data = mkdtempSync(join(tmpdir(), 'headgate-bench-'))
const headgate = await start(here('../bin/headgate.js'), ['serve', '--port', '0', '--data', data], /listening on (http:\S+)/, {
  HEADGATE_STARTER_MODEL: file,
})
const binary = process.env['LLAMA_SERVER']
const baseline = binary ? await llamaServer(binary) : await directBaseline()
try {
  printMachine()
  await throughEndpoint(headgate.match, prompts(4)) // loads the model
  await baseline.rate(prompts(4))
  for (const [streams, gate] of [
    [1, 0.97],
    [4, 0.95],
  ] as const) {
    const ratios: number[] = []
    const rates = { headgate: [] as number[], baseline: [] as number[] }
    for (let pair = 0; pair < pairs; pair++) {
      const asked = prompts(streams)
      const ours = async () => void rates.headgate.push(await throughEndpoint(headgate.match, asked))
      const theirs = async () => void rates.baseline.push(await baseline.rate(asked))
      for (const side of pair % 2 === 0 ? [ours, theirs] : [theirs, ours]) await side()
      ratios.push((rates.headgate.at(-1) ?? 0) / (rates.baseline.at(-1) ?? 1))
    }
    console.log(
      `${streams} stream${streams > 1 ? 's' : ''}: ${median(ratios).toFixed(3)} × ${baseline.name} (wanted ${gate}; ${ratios.map((ratio) => ratio.toFixed(2)).join(' ')}); Headgate ${median(rates.headgate).toFixed(1)}, baseline ${median(rates.baseline).toFixed(1)} tokens/s`,
    )
  }
  printMachine()
} finally {
  headgate.child.kill()
  baseline.child.kill()
  await agent.close()
  rmSync(data, { recursive: true, force: true })
}
process.exit(0)
