/** LiteLLM's words as models: `model_list` gives deployments, `redundant_models` (seed 003) their weights, `router_settings.fallbacks` what follows. Entries of one name are deployments of one model. */
import type { ConfigWarning } from '../core/catalog.ts'
import { parseSize } from '../policy/model-size.ts'
import { findProvider } from '../providers/index.ts'
import { checkBaseUrl } from './base-url.ts'
import { ConfigurationError, quote } from './configuration-error.ts'
import type { DeploymentRequest } from './deployment-entry.ts'
import { fallbackPairs } from './fallback-checks.ts'
import type { FileSettings, SetValue } from './file-settings.ts'
import type { ModelRequest } from './model-entries.ts'
import { type ConfiguredProvider, configureProvider, type ProviderRequest } from './provider-entries.ts'
import type { DeploymentInput, ProviderInput } from './schema/entries.ts'
import { laterKinds } from './schema/index.ts'
import { type LitellmModelInput, litellmInfoKeys, litellmParamKeys } from './schema/litellm.ts'
import { UnsetVariable } from './variables.ts'

type Shared = Omit<ProviderRequest, 'input' | 'source' | 'fail' | 'warn' | 'storedCredential'>
type Warn = (warning: ConfigWarning) => void

/** What LiteLLM calls a provider, as our kinds. A prefix that is neither is part of the model's name, at OpenAI. */
const kinds: Readonly<Record<string, string>> = {
  ollama: 'ollama',
  ollama_chat: 'ollama',
  openai: 'openai',
  text_completion_openai: 'openai',
  vllm: 'vllm',
  hosted_vllm: 'vllm',
  lm_studio: 'lm-studio',
  llamafile: 'llama-server',
  deepseek: 'deepseek',
  openrouter: 'openrouter',
  custom_openai: 'openai-compatible',
  litellm_proxy: 'openai-compatible',
  anthropic: 'anthropic',
  gemini: 'gemini',
  azure: 'azure',
}

export interface LitellmModels {
  readonly providers: readonly ConfiguredProvider[]
  readonly models: readonly ModelRequest[]
}

export function modelsOfLitellm(files: FileSettings, shared: Shared, warn: Warn): LitellmModels {
  const set = files.get('model_list')
  const providers = new Map<string, ConfiguredProvider>()
  const models = (set?.value ?? []).map((entry, index) => {
    const at: Place = { set: set as SetValue<unknown>, path: [index], warn }
    warnOfUnread(entry, at)
    const provider = providerOf(entry, at, shared)
    providers.set(provider.entry.name, providers.get(provider.entry.name) ?? provider)
    const deployment: DeploymentRequest = {
      input: deploymentInput(entry, provider.entry.name),
      source: at.set.source([index]),
      provider,
      fail: failAt(at),
    }
    const size = sizeOf(entry, at)
    const { input, ...rest } = request(entry.model_name, [deployment], at)
    return { ...rest, input: size === null ? input : { ...input, size } }
  })
  return { providers: [...providers.values()], models }
}

/** `redundant_models`: a weight for a deployment that is there at that provider, else a deployment of that name there. */
export function withRedundantModels(requests: readonly ModelRequest[], files: FileSettings, warn: Warn): ModelRequest[] {
  const set = files.get('redundant_models')
  let all = [...requests]
  for (const [name, { providers, routing_strategy: strategy }] of Object.entries(set?.value ?? {}))
    for (const [index, { provider, weight, model }] of providers.entries()) {
      const at: Place = { set: set as SetValue<unknown>, path: [name, 'providers', index], warn }
      let isKnown = false
      all = all.map((each) => {
        if (each.input.name !== name || isKnown) return each
        const place = each.deployments.findIndex(({ input }) => input.provider === provider)
        if (place === -1) return each
        isKnown = true
        const deployments = each.deployments.map((one, position) => (position === place ? { ...one, input: { ...one.input, weight } } : one))
        return { ...each, deployments }
      })
      if (isKnown) continue
      const input: DeploymentInput = { provider, priority: 0, weight, ...(model === undefined ? {} : { model }) }
      const added = request(name, [{ input, source: at.set.source(at.path), fail: failAt(at) }], at)
      all.push(strategy === undefined ? added : { ...added, input: { ...added.input, strategy } })
    }
  return all
}

/** `router_settings.fallbacks`, in the seed's form and in LiteLLM's. A model that names its own keeps them. */
export function withFallbacks(requests: readonly ModelRequest[], files: FileSettings, warn: Warn): ModelRequest[] {
  const set = files.get('router_settings')
  const fallbacks = new Map<string, readonly string[]>()
  for (const [index, entry] of (set?.value.fallbacks ?? []).entries())
    for (const { of: name, names } of fallbackPairs(entry)) {
      const model = requests.find(({ input }) => input.name === name) ?? requests.find(({ input }) => input.aliases.includes(name))
      fallbacks.set(model?.input.name ?? name, names)
      if (model) continue
      const message = `fallbacks of ${quote(name)}: no file lists such a model`
      warn({ file: set?.file ?? '', line: set?.line(['fallbacks', index]) ?? null, message })
    }
  const seen = new Set<string>()
  return requests.map((each) => {
    const others = fallbacks.get(each.input.name)
    if (others === undefined || each.input.fallbacks.length > 0 || seen.has(each.input.name)) return each
    seen.add(each.input.name)
    return { ...each, input: { ...each.input, fallbacks: [...others] } }
  })
}

/** A fallback that names a group of `model_group_alias` stands for its models, in their order. A model of that name goes first. */
export function withGroups(requests: readonly ModelRequest[], files: FileSettings): ModelRequest[] {
  const groups = files.get('router_settings')?.value.model_group_alias ?? {}
  const names = new Set(requests.flatMap(({ input }) => [input.name, ...input.aliases]))
  const modelsOf = (name: string) => (Object.hasOwn(groups, name) ? (groups[name] ?? []) : [name])
  return requests.map((each) => {
    const { name, fallbacks } = each.input
    const others = fallbacks.flatMap((fallback) => (names.has(fallback) ? [fallback] : modelsOf(fallback).filter((model) => model !== name)))
    return { ...each, input: { ...each.input, fallbacks: [...new Set(others)] } }
  })
}

interface Place {
  readonly set: SetValue<unknown>
  readonly path: readonly (string | number)[]
  readonly warn: Warn
}

function providerOf(entry: LitellmModelInput, at: Place, shared: Shared): ConfiguredProvider {
  const { api_base, base_url, api_key, max_parallel_requests } = entry.litellm_params
  const { prefix } = splitModel(entry.litellm_params.model)
  const kind = kinds[prefix] ?? (api_base === undefined && base_url === undefined ? 'openai' : 'openai-compatible')
  const url = api_base ?? base_url
  const known = findProvider(kind)
  const checked = typeof url === 'string' ? checkBaseUrl(url) : null
  const isUsual = url === undefined || (checked !== null && !('problem' in checked) && checked.baseUrl === known?.defaultBaseUrl)
  const hostAndPort = checked !== null && !('problem' in checked) ? checked.hostAndPort : null
  const name = isUsual && api_key === undefined ? kind : url instanceof UnsetVariable ? url.name : (hostAndPort ?? kind)
  const input: ProviderInput = {
    name,
    kind: laterKinds.includes(kind) || known ? kind : 'openai-compatible',
    default_model: null, // a list of models offers what it lists
    ...(url === undefined ? {} : { base_url: url }),
    ...(api_key === undefined ? {} : { api_key }),
    ...(max_parallel_requests === undefined ? {} : { max_in_flight: max_parallel_requests }),
  }
  const fail = (key: keyof ProviderInput, message: string) => failAt(at)(key === 'base_url' ? 'api_base' : key, message)
  return configureProvider({ ...shared, input, source: at.set.source(at.path), fail, warn: (message) => warnAt(at, message) })
}

function deploymentInput(entry: LitellmModelInput, provider: string): DeploymentInput {
  const { litellm_params: params, model_info: info } = entry
  const perToken = {
    input: params.input_cost_per_token ?? info?.input_cost_per_token,
    output: params.output_cost_per_token ?? info?.output_cost_per_token,
  }
  const context = info?.max_input_tokens ?? info?.max_tokens
  return {
    provider,
    model: splitModel(params.model).model,
    priority: params.order ?? 0,
    ...(params.weight === undefined ? {} : { weight: params.weight }),
    ...(params.timeout === undefined ? {} : { timeout: params.timeout }),
    ...(context === undefined ? {} : { context }),
    ...(perToken.input === undefined || perToken.output === undefined
      ? {}
      : { price: { input: perToken.input * 1e6, output: perToken.output * 1e6 } }),
  }
}

/** Billions of parameters: `size` of `model_info`, or of its `metadata`; null where nobody says, or what is said is no size. */
function sizeOf({ model_info: info }: LitellmModelInput, at: Place): number | null {
  const metadata = typeof info?.metadata === 'object' && info.metadata !== null && 'size' in info.metadata ? info.metadata.size : undefined
  const written = info?.size ?? metadata
  if (written === undefined || written === null) return null
  const size = parseSize(String(written))
  if (size === null) warnAt(at, `model_info.size ${quote(String(written))} is no size: write it as 13B or 135M`)
  return size
}

/** `ollama/llama3.1:8b`; a path of a model hub keeps its first part unless that names a provider. */
function splitModel(text: string): { readonly prefix: string; readonly model: string } {
  const slash = text.indexOf('/')
  const prefix = slash === -1 ? '' : text.slice(0, slash).toLowerCase()
  return Object.hasOwn(kinds, prefix) ? { prefix, model: text.slice(slash + 1) } : { prefix: '', model: text }
}

function warnOfUnread({ litellm_params, model_info }: LitellmModelInput, at: Place): void {
  const unread = [
    ...Object.keys(litellm_params).filter((key) => !litellmParamKeys.has(key)),
    ...Object.keys(model_info ?? {}).filter((key) => !litellmInfoKeys.has(key)),
  ]
  if (unread.length > 0) warnAt(at, `known to LiteLLM, not used here: ${unread.join(', ')}`)
}

function request(name: string, deployments: readonly DeploymentRequest[], at: Place): ModelRequest {
  return {
    input: { name, aliases: [], fallbacks: [] },
    source: at.set.source(at.path),
    merges: true,
    warn: (message) => warnAt(at, message),
    fail: failAt(at),
    deployments,
  }
}

function failAt({ set, path }: Place): (key: string, message: string) => never {
  return (key, message) => {
    const inner = [...path, 'litellm_params', key]
    throw new ConfigurationError(set.file, set.line(set.has(inner) ? inner : path), message)
  }
}

function warnAt({ set, path, warn }: Place, message: string): void {
  warn({ file: set.file, line: set.line(path), message })
}
