/** Looks for other model servers on this machine: free GET requests to loopback only, half a second each, told apart by their answers. Nothing is sent, nothing is changed there. */
import { Agent, request } from 'undici'
import { z } from 'zod'

export interface LocalServerModel {
  readonly id: string
  /** Tokens; null = it does not say. */
  readonly context: number | null
  readonly isEmbedding: boolean
}

export interface LocalServer {
  /** A kind of provider. */
  readonly kind: 'ollama' | 'lm-studio' | 'llama-server' | 'vllm' | 'sglang' | 'openai-compatible'
  readonly origin: string
  readonly models: readonly LocalServerModel[]
}

/** Ports at which Ollama, LM Studio, llama-server, vLLM and SGLang listen unless they are told otherwise. */
export const usualPorts: readonly number[] = [11434, 1234, 8080, 8000, 30000]

const ANSWER_MS = 500
const BYTES_AT_MOST = 1024 * 1024
const MODELS_AT_MOST = 200

type Answers = Readonly<Record<(typeof paths)[number], unknown>>
const paths = ['/v1/models', '/api/version', '/api/tags', '/api/v0/models', '/props', '/version', '/get_model_info'] as const

/** The servers at these ports of 127.0.0.1, in their order. Never throws: what does not answer as expected is nobody. */
export async function findLocalServers(ports: readonly number[]): Promise<readonly LocalServer[]> {
  const found = await Promise.all(ports.map((port) => lookAt(`http://127.0.0.1:${port}`)))
  return found.filter((server) => server !== null)
}

async function lookAt(origin: string): Promise<LocalServer | null> {
  const agent = new Agent({ connect: { timeout: ANSWER_MS }, headersTimeout: ANSWER_MS, bodyTimeout: ANSWER_MS, allowH2: false })
  try {
    const first = await ask(agent, origin, paths[0])
    if (first === NOBODY) return null
    const others = await Promise.all(paths.slice(1).map((path) => ask(agent, origin, path)))
    const all = [first, ...others].map((answer) => (answer === NOBODY ? null : answer))
    const answers = Object.fromEntries(paths.map((path, at) => [path, all[at]])) as Answers
    for (const tell of kinds) {
      const server = tell(answers)
      if (server !== null) return { ...server, origin, models: server.models.slice(0, MODELS_AT_MOST) }
    }
    return null
  } finally {
    void agent.destroy().catch(() => {})
  }
}

const NOBODY = Symbol('nobody listens')

/** JSON of a 200; null = another answer; NOBODY = no connection. */
async function ask(agent: Agent, origin: string, path: string): Promise<unknown> {
  try {
    const { statusCode, body } = await request(origin + path, {
      dispatcher: agent,
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(ANSWER_MS),
    })
    if (statusCode !== 200) {
      await body.dump()
      return null
    }
    let text = ''
    for await (const part of body.setEncoding('utf8') as AsyncIterable<string>) {
      text += part
      if (text.length > BYTES_AT_MOST) return null
    }
    return JSON.parse(text)
  } catch (error) {
    return /ECONNREFUSED|CONNECT_TIMEOUT|EHOSTUNREACH|EADDRNOTAVAIL/.test(String((error as { code?: string }).code)) ? NOBODY : null
  }
}

const id = z.string().min(1).max(256)
const tokens = z.number().int().positive().max(100_000_000)
const version = z.object({ version: z.string().max(100) })
const openAiList = z.object({
  data: z
    .array(
      z.object({
        id,
        owned_by: z.string().max(200).nullish(),
        max_model_len: tokens.nullish(),
        /** Other routers of our own kind say so. */
        headgate: z.unknown().optional(),
      }),
    )
    .max(10_000),
})
const ollamaTags = z.object({ models: z.array(z.object({ name: id, details: z.object({ family: z.string().nullish() }).nullish() })).max(10_000) })
const lmStudioList = z.object({
  data: z
    .array(z.object({ id, type: z.string().max(50), max_context_length: tokens.nullish(), loaded_context_length: tokens.nullish() }))
    .max(10_000),
})
const llamaProps = z.object({ default_generation_settings: z.object({ n_ctx: tokens.nullish() }), model_path: z.string().nullish() })
const sglangInfo = z.object({ model_path: z.string() })

type Told = Omit<LocalServer, 'origin'> | null

/** In order: the first that knows itself. */
const kinds: readonly ((answers: Answers) => Told)[] = [
  (answers) => {
    const tags = ollamaTags.safeParse(answers['/api/tags'])
    if (!tags.success || !version.safeParse(answers['/api/version']).success) return null
    // `x:cloud` and `x:120b-cloud` are passed on to Ollama's cloud: they are not on this machine.
    const here = tags.data.models.filter(({ name }) => !name.endsWith('cloud'))
    return { kind: 'ollama', models: here.map(({ name, details }) => model(name, null, /bert|embed/i.test(`${details?.family ?? ''} ${name}`))) }
  },
  (answers) => {
    const list = lmStudioList.safeParse(answers['/api/v0/models'])
    if (!list.success) return null
    return {
      kind: 'lm-studio',
      models: list.data.data.map((each) => model(each.id, each.loaded_context_length ?? each.max_context_length ?? null, each.type === 'embeddings')),
    }
  },
  (answers) => {
    const props = llamaProps.safeParse(answers['/props'])
    const list = openAiList.safeParse(answers['/v1/models'])
    if (!props.success || !list.success) return null
    // It names its model by the path of the file.
    return { kind: 'llama-server', models: list.data.data.map((each) => model(each.id, props.data.default_generation_settings.n_ctx ?? null)) }
  },
  (answers) => {
    const list = openAiList.safeParse(answers['/v1/models'])
    if (!list.success || list.data.data.some(({ headgate }) => headgate !== undefined)) return null
    const models = list.data.data.map((each) => model(each.id, each.max_model_len ?? null))
    if (sglangInfo.safeParse(answers['/get_model_info']).success) return { kind: 'sglang', models }
    const isVllm = version.safeParse(answers['/version']).success && list.data.data.some(({ owned_by }) => owned_by === 'vllm')
    return { kind: isVllm ? 'vllm' : 'openai-compatible', models }
  },
]

const model = (name: string, context: number | null, isEmbedding = /embed/i.test(name)): LocalServerModel => ({ id: name, context, isEmbedding })
