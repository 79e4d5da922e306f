/** Door of the providers: the explicit list, from which names and kinds derive. One file and one line each. */
import type { Provider } from '../core/provider.ts'
import { cerebras } from './cerebras.ts'
import { deepseek } from './deepseek.ts'
import { engine } from './engine.ts'
import { fireworks } from './fireworks.ts'
import { groq } from './groq.ts'
import { llamaCppPython } from './llama-cpp-python.ts'
import { llamaServer } from './llama-server.ts'
import { lmStudio } from './lm-studio.ts'
import { mistral } from './mistral.ts'
import { ollama } from './ollama.ts'
import { openai } from './openai.ts'
import { openaiCompatible } from './openai-compatible.ts'
import { openrouter } from './openrouter.ts'
import { sglang } from './sglang.ts'
import { together } from './together.ts'
import { vllm } from './vllm.ts'
import { xai } from './xai.ts'

export const providers: readonly Provider[] = [
  engine,
  openaiCompatible,
  openai,
  vllm,
  sglang,
  ollama,
  llamaServer,
  lmStudio,
  deepseek,
  openrouter,
  mistral,
  groq,
  xai,
  together,
  fireworks,
  cerebras,
  llamaCppPython,
]

/** Second names of a kind: the seeds call the engine `llama_cpp_native`. */
export const kindAliases: Readonly<Record<string, string>> = { llama_cpp_native: engine.kind }

const byKind: ReadonlyMap<string, Provider> = new Map([
  ...providers.map((provider) => [provider.kind, provider] as const),
  ...Object.entries(kindAliases).map(([alias, kind]) => [alias, providers.find((provider) => provider.kind === kind) as Provider] as const),
])

/** Every word that `kind:` takes. */
export const providerKinds: readonly string[] = [...byKind.keys()]

/** Names of the entries that exist without being configured: the engine, and each kind that knows its own address. */
export const builtInProviderNames: readonly string[] = [...byKind].flatMap(([name, { kind, defaultBaseUrl }]) =>
  kind === engine.kind || defaultBaseUrl !== null ? [name] : [],
)

/** The data of a kind (or of its second name). Throws for a word that `findProvider` does not know: kinds are checked where the configuration is read. */
export function providerOf(kind: string): Provider {
  const provider = byKind.get(kind)
  if (!provider) throw new TypeError(`There is no provider kind ${JSON.stringify(kind)}.`)
  return provider
}

export function findProvider(kind: string): Provider | null {
  return byKind.get(kind) ?? null
}
