/** Models and deployments over the admin API: rows, changes, the local engine, and the test of one deployment, streamed. */
import { adminFetch, call, Refused, refusalOf } from './client.ts'
import { createParser } from './event-stream.ts'
import type { DeploymentView, Lane } from './types.ts'

export type Entry = Readonly<Record<string, unknown>>

export type FeatureName = 'tools' | 'vision' | 'json' | 'reasoning' | 'embeddings'

/** The model file of an engine deployment, and how it is loaded. */
export interface LocalFileView {
  readonly file: string
  readonly is_ours: boolean
  readonly size_bytes: number | null
  readonly architecture: string | null
  readonly quantization: string | null
  readonly parameters: number | null
  readonly license: string | null
  readonly trained_context: number | null
  readonly loaded_context: number | null
  readonly slots: number | null
  readonly queued: number
  readonly load_ms: number | null
  readonly prefill_tokens_per_s: number | null
  /** 0 = it stays loaded, null = as the settings say. */
  readonly idle_unload_s: number | null
}

export interface ModelDeployment extends DeploymentView {
  readonly upstream_model: string
  readonly source: string
  readonly context: number | null
  readonly features: Readonly<Record<FeatureName, boolean | null>>
  /** US dollars for a million tokens. */
  readonly price: { readonly input: number; readonly output: number; readonly cached_input: number | null } | null
  readonly weight: number | null
  readonly priority: number
  readonly max_in_flight: number
  readonly local: LocalFileView | null
  readonly entry: Entry
}

/** One of `GET /admin/models`. */
export interface ModelView {
  readonly name: string
  readonly aliases: readonly string[]
  readonly remote_share: number
  readonly own_remote_share: number | null
  readonly share_source: string
  /** Set above what the files or its entry say: `base_remote_share`, null = it follows. */
  readonly is_share_set_here: boolean
  readonly base_remote_share: number | null
  readonly strategy: string | null
  readonly fallbacks: readonly string[]
  readonly source: string
  readonly editable: boolean
  readonly is_stored: boolean
  readonly problem: string | null
  readonly deployments: readonly ModelDeployment[]
  readonly entry: Entry
}

export interface ProviderOption {
  readonly name: string
  readonly kind: string
  readonly base_url: string | null
  readonly default_model: string | null
  readonly disabled: string | null
}

export interface MemoryEstimate {
  readonly trained_context: number | null
  readonly usual_context: number
  readonly slots: number
  readonly available_bytes: number
  readonly steps: readonly { readonly context: number; readonly bytes: number; readonly fits: boolean }[]
}

export interface TestResult {
  readonly ok: boolean
  readonly request_id: string
  readonly deployment: string
  readonly lane: Lane
  readonly text: string
  readonly first_output_ms: number | null
  readonly duration_ms: number
  readonly tokens_per_s: number | null
  readonly usage: { readonly input: number | null; readonly output: number | null; readonly source: string } | null
  readonly cost_usd: number | null
  readonly error: { readonly code: string; readonly message: string; readonly how_to_fix: string | null; readonly reason: string | null } | null
}

export const fetchModels = async (): Promise<readonly ModelView[]> => (await call<{ models: readonly ModelView[] }>('GET', '/admin/models')).models

export const addModel = (entry: Entry): Promise<ModelView> => call('POST', '/admin/models', entry)
export const changeModel = (name: string, entry: Entry): Promise<ModelView> => call('PATCH', pathOf(name), entry)
export const removeModel = (name: string, deletesFile: boolean): Promise<void> => call('DELETE', `${pathOf(name)}${deletesFile ? '?file=true' : ''}`)

/** The model's own share, files' models included; null = it follows, whatever its file says. */
export const setModelShare = (name: string, remoteShare: number | null): Promise<unknown> =>
  call('PUT', `${pathOf(name)}/split`, { remote_share: remoteShare })
/** Back to what its file or entry says. */
export const resetModelShare = (name: string): Promise<unknown> => call('DELETE', `${pathOf(name)}/split`)

export const fetchProviderOptions = async (): Promise<readonly ProviderOption[]> =>
  (await call<{ providers: readonly ProviderOption[] }>('GET', '/admin/providers')).providers

/** Ids that the provider lists; none where it has no list or cannot be asked. */
export async function fetchProviderModels(provider: string): Promise<readonly string[]> {
  try {
    const { models } = await call<{ models: readonly (string | { readonly id: string })[] }>(
      'GET',
      `/admin/providers/${encodeURIComponent(provider)}/models`,
    )
    return models.map((model) => (typeof model === 'string' ? model : model.id))
  } catch (error) {
    if (error instanceof Refused) return []
    throw error
  }
}

export const loadLocal = (deployment: string): Promise<unknown> => call('POST', '/admin/engine/load', { deployment })
export const unloadLocal = (deployment: string): Promise<unknown> => call('POST', '/admin/engine/unload', { deployment })
export const setIdleUnload = (deployment: string, seconds: number | null): Promise<unknown> =>
  call('POST', '/admin/engine/keep', { deployment, idle_unload_s: seconds })
export const fetchEstimate = (deployment: string): Promise<MemoryEstimate> =>
  call('GET', `/admin/engine/estimate?deployment=${encodeURIComponent(deployment)}`)

export interface TestOrder {
  readonly deployment: string
  readonly prompt: string
  readonly maxTokens: number
  readonly signal: AbortSignal
  readonly onText: (text: string) => void
}

/** One real request to exactly this deployment. Rejects where the router itself refuses to begin. */
export async function testDeployment({ deployment, prompt, maxTokens, signal, onText }: TestOrder): Promise<TestResult> {
  const response = await adminFetch('/admin/deployments/test', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ deployment, prompt, max_tokens: maxTokens, stream: true }),
    signal,
  })
  if (!response.ok || !response.body) throw new Refused(refusalOf(await response.text()) ?? `The router answered ${response.status}.`)
  let result: TestResult | null = null
  const parse = createParser((_id, data) => {
    const event = JSON.parse(data) as { readonly text?: string; readonly ok?: boolean }
    if (event.ok === undefined) onText(event.text ?? '')
    else result = event as TestResult
  })
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  for (let part = await reader.read(); !part.done; part = await reader.read()) parse(decoder.decode(part.value, { stream: true }))
  if (result === null) throw new Refused('The test broke off.')
  return result
}

const pathOf = (name: string) => `/admin/models/${encodeURIComponent(name)}`
