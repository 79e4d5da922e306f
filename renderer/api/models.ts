/** Models and deployments over the admin API: rows, changes, the local engine, and the test of one deployment, streamed. */
import type { TestResult as RouterTestResult } from '../../router/control/deployment-test.ts'
import type { DeploymentView as RouterDeployment, LocalFileView as RouterFile } from '../../router/control/deployment-view.ts'
import type { ModelView as RouterModel } from '../../router/control/model-control.ts'
import { adminFetch, call, Refused, refusalOf } from './client.ts'
import { createParser } from './event-stream.ts'

export type ModelView = RouterModel
export type ModelDeployment = RouterDeployment
export type LocalFileView = RouterFile
export type TestResult = RouterTestResult
export type FeatureName = keyof ModelDeployment['features']
/** As models.yaml would hold it. */
export type Entry = ModelView['entry']

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

export const fetchModels = async (): Promise<readonly ModelView[]> => (await call<{ models: readonly ModelView[] }>('GET', '/admin/models')).models

export const addModel = (entry: Entry): Promise<ModelView> => call('POST', '/admin/models', entry)
export const changeModel = (name: string, entry: Entry): Promise<ModelView> => call('PATCH', pathOf(name), entry)
export const removeModel = (name: string, deletesFile: boolean): Promise<void> => call('DELETE', `${pathOf(name)}${deletesFile ? '?file=true' : ''}`)

/** The model's own share, files' models included; null = it follows, whatever its file says. */
export const setModelShare = (name: string, remoteShare: number | null): Promise<unknown> =>
  call('PUT', `${pathOf(name)}/split`, { remote_share: remoteShare })
/** The only lane that it may use, files' models included; null = both. */
export const setModelLock = (name: string, lock: 'local' | 'remote' | null): Promise<unknown> => call('PUT', `${pathOf(name)}/lock`, { lock })
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
