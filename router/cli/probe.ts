/** `headgate probe`: does this address answer a minimal valid request, and how fast? Ten samples, the median with its interval. */
import { request } from 'undici'

export interface ProbeReport {
  readonly status: 'healthy' | 'degraded' | 'down'
  /** Median in ms; null when nothing answered. */
  readonly latencyMs: number | null
  readonly line: string
  readonly note: string
}

const SAMPLES = 10
const TIMEOUT_MS = 5_000

/** A refused connection is `down`, never 0 ms; slower than expected, or a reply that is no success, is `degraded`. */
export async function probeUrl(url: string, expectMs: number): Promise<ProbeReport> {
  const target = questionOf(new URL(url))
  const times: number[] = []
  let problem: string | null = null
  for (let sample = 0; sample < SAMPLES && problem === null; sample++) {
    const started = performance.now()
    try {
      problem = await ask(target)
      if (problem === null) times.push(performance.now() - started)
    } catch (error) {
      problem = `down: ${(error as { code?: string }).code ?? (error as Error).message}`
    }
  }
  const sorted = times.toSorted((a, b) => a - b)
  const median = sorted.length > 0 ? (sorted[Math.floor((sorted.length - 1) / 2)] as number) : null
  const rounded = median === null ? null : Math.round(median * 10) / 10
  // Order statistics: the 2nd and the 9th of ten samples hold the median with 97.9 %.
  const interval = sorted.length === SAMPLES ? `97.9 % interval ${sorted[1]?.toFixed(1)}–${sorted[8]?.toFixed(1)} ms` : ''
  const status = problem?.startsWith('down') ? 'down' : problem !== null || median === null || median > expectMs ? 'degraded' : 'healthy'
  return { status, latencyMs: rounded, line: `STATUS=${status},LATENCY_MS=${rounded ?? ''}`, note: problem ?? interval }
}

/** A base URL is asked for what such a server surely has: `/v1` for its models, the bare address for its health. */
function questionOf(target: URL): URL {
  const path = target.pathname.replace(/\/+$/, '')
  if (path === '') return new URL('/health', target)
  return /\/v\d+(beta)?$/.test(path) ? new URL(`${path}/models`, target) : target
}

/** One valid minimal request of that path; null = a success, else what was wrong. */
async function ask(target: URL): Promise<string | null> {
  const body = bodyFor(target.pathname)
  const reply = await request(target, {
    method: body === null ? 'GET' : 'POST',
    headers: body === null ? {} : { 'content-type': 'application/json' },
    body: body === null ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  const text = await reply.body.text()
  if (reply.statusCode < 200 || reply.statusCode >= 300) return `answered ${reply.statusCode}`
  if (String(reply.headers['content-type'] ?? '').includes('html')) return 'answered a web page'
  // An empty 200 is how vLLM's /health says yes; an answer to a question may not be empty.
  return text === '' && body !== null ? 'answered nothing' : null
}

function bodyFor(path: string): Record<string, unknown> | null {
  if (path.endsWith('/chat/completions') || path.endsWith('/v1/messages'))
    return { model: 'auto', max_tokens: 1, messages: [{ role: 'user', content: 'Hi' }] }
  if (path.endsWith('/api/embeddings')) return { model: 'nomic-embed-text', prompt: 'Hi' }
  if (path.endsWith('/embeddings')) return { model: 'auto', input: 'Hi' }
  if (path.endsWith('/completions')) return { model: 'auto', prompt: 'Hi', max_tokens: 1 }
  if (path.endsWith('/api/chat')) return { model: 'auto', stream: false, messages: [{ role: 'user', content: 'Hi' }] }
  if (path.endsWith('/api/generate')) return { model: 'auto', stream: false, prompt: 'Hi' }
  return null
}
