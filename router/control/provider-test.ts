/** *Test* of a provider: a free look, said in words. With `paid` also one token. And its model list, kept for a minute. */
import { isIP } from 'node:net'
import { isPublicAddress, type ListedModel, type Look, type LookAtProvider } from '../backends/index.ts'
import { checkBaseUrl } from '../config/index.ts'
import type { Backend } from '../core/backend.ts'
import type { Catalog } from '../core/catalog.ts'
import type { Clock } from '../core/clock.ts'
import type { Deployment, Endpoint } from '../core/deployment.ts'
import { HeadgateError } from '../core/errors.ts'
import { findProvider, providerOf } from '../providers/index.ts'
import type { KeyStates } from './provider-key-state.ts'
import { pastedKey } from './provider-keys.ts'

const LOOK_TIMEOUT_MS = 10_000
const ONE_TOKEN_TIMEOUT_MS = 30_000
const LIST_KEPT_MS = 60_000
const LISTS_KEPT = 20

export type Outcome =
  | 'ok'
  | 'no-list'
  | 'key-rejected'
  | 'key-missing'
  | 'no-credit'
  | 'limited'
  | 'unreachable'
  | 'timeout'
  | 'redirect'
  | 'not-an-api'
  | 'locked'
  | 'failed'

/** `POST /admin/providers/{name}/test`. */
export interface ProviderTest {
  readonly outcome: Outcome
  readonly ok: boolean
  /** One sentence: what was found. */
  readonly message: string
  readonly how_to_fix: string | null
  /** The provider's own words. */
  readonly said: string | null
  readonly key: Look['key']
  readonly status: number | null
  readonly latency_ms: number
  /** Null = it gave no list. */
  readonly models: number | null
  readonly list: readonly ListedModel[] | null
  /** One token was asked for, and this came of it. */
  readonly answered: { readonly ok: boolean; readonly model: string; readonly message: string; readonly latency_ms: number } | null
}

export interface UnsavedProvider {
  readonly name?: string | undefined
  readonly kind?: string | undefined
  readonly base_url?: string | undefined
  readonly api_key?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly model?: string | undefined
}

export interface ProviderTester {
  /** Throws where there is no such provider. */
  test(name: string, options: { readonly paid: boolean; readonly model: string | null; readonly apiKey: string | null }): Promise<ProviderTest>
  testUnsaved(entry: UnsavedProvider, paid: boolean): Promise<ProviderTest>
  models(name: string): Promise<{ readonly models: readonly ListedModel[] | null; readonly why: string | null }>
}

export interface TesterParts {
  readonly catalog: () => Catalog
  readonly clock: Clock
  readonly look: LookAtProvider
  readonly keyStates: KeyStates
  readonly backendOf: (deployment: Deployment) => Backend
  readonly isLocalOnly: () => boolean
}

interface Target {
  readonly name: string
  readonly kind: string
  readonly endpoint: Endpoint
  readonly model: string | null
}

export function createProviderTester(parts: TesterParts): ProviderTester {
  const { clock } = parts
  const lists = new Map<string, { readonly atMs: number; readonly test: ProviderTest }>()

  function configured(name: string): Target {
    const entry = parts.catalog().providers.get(name)
    if (!entry || entry.kind === 'engine')
      throw new HeadgateError('not-found', `There is no provider ${name.slice(0, 200)}.`, { code: 'provider_not_found' })
    if (entry.endpoint === null)
      throw new HeadgateError('invalid-request', `${name} has no address: ${entry.disabled ?? 'give it a base_url'}.`, { code: 'invalid_provider' })
    const listed = parts
      .catalog()
      .models.flatMap(({ deployments }) => deployments)
      .find(({ provider }) => provider === name)
    return {
      name,
      kind: findProvider(entry.kind) ? entry.kind : 'openai-compatible',
      endpoint: entry.endpoint,
      model: entry.defaultModel ?? listed?.upstreamModel ?? null,
    }
  }

  async function run(target: Target, paid: boolean): Promise<ProviderTest> {
    const checked = checkBaseUrl(target.endpoint.baseUrl)
    if ('problem' in checked)
      throw new HeadgateError('invalid-request', `base_url: ${checked.problem}`, { code: 'invalid_provider', param: 'base_url' })
    const look = await parts.look({ ...target, address: checked.address }, LOOK_TIMEOUT_MS)
    const test = inWords(target, look)
    if (!paid || !test.ok) return test
    const model = target.model ?? look.models?.[0]?.id
    if (model === undefined) return { ...test, answered: { ok: false, model: '', message: 'No model is known to ask; give one.', latency_ms: 0 } }
    const deployment = deploymentFor(target, model, checked.address)
    const said = await parts.backendOf(deployment).tryOneToken(deployment, ONE_TOKEN_TIMEOUT_MS, parts.isLocalOnly())
    return { ...test, ok: test.ok && said.ok, answered: { ok: said.ok, model, message: said.detail, latency_ms: Math.round(said.latencyMs) } }
  }

  function noteKey(name: string, test: ProviderTest): void {
    if (test.key === 'accepted' || test.key === 'rejected' || test.key === 'no-credit') parts.keyStates.told(name, test.key, test.said)
  }

  async function test(name: string, { paid, model, apiKey }: Parameters<ProviderTester['test']>[1]): Promise<ProviderTest> {
    const saved = configured(name)
    const endpoint = apiKey === null ? saved.endpoint : { ...saved.endpoint, credential: pastedKey(apiKey) }
    const result = await run({ ...saved, endpoint, model: model ?? saved.model }, paid)
    if (apiKey === null) noteKey(name, result)
    return result
  }

  return {
    test,
    testUnsaved: ({ name = '', kind, base_url, api_key, headers = {}, model }, paid) => {
      const data = findProvider(kind ?? name) ?? providerOf('openai-compatible')
      const url = base_url || data.defaultBaseUrl
      if (!url || data.kind === 'engine')
        throw new HeadgateError('invalid-request', 'Give the address of the server: base_url.', { code: 'invalid_provider', param: 'base_url' })
      const checked = checkBaseUrl(url)
      if ('problem' in checked)
        throw new HeadgateError('invalid-request', `base_url: ${checked.problem}`, { code: 'invalid_provider', param: 'base_url' })
      // As in the configuration: a key of the environment goes to the kind's own origin only.
      const isOwn = data.defaultBaseUrl !== null && new URL(data.defaultBaseUrl).origin === checked.origin
      const builtIn = parts.catalog().providers.get(data.kind)
      const fromEnvironment = isOwn && builtIn?.source === 'built-in' ? (builtIn.endpoint?.credential ?? null) : null
      const credential = api_key?.trim() ? pastedKey(api_key) : fromEnvironment
      const endpoint = { baseUrl: checked.baseUrl, credential, headers }
      return run({ name: name || data.label, kind: data.kind, endpoint, model: model ?? data.defaultModel }, paid)
    },
    async models(name) {
      const { endpoint } = configured(name)
      const key = `${name} ${endpoint.baseUrl} ${endpoint.credential?.fingerprint() ?? ''}`
      const kept = lists.get(key)
      const isFresh = kept !== undefined && clock.monotonic() - kept.atMs < LIST_KEPT_MS
      const result = isFresh ? kept.test : await test(name, { paid: false, model: null, apiKey: null })
      if (!isFresh && result.list !== null) {
        lists.set(key, { atMs: clock.monotonic(), test: result })
        if (lists.size > LISTS_KEPT) lists.delete(lists.keys().next().value as string)
      }
      return { models: result.list, why: result.list === null ? result.message : null }
    },
  }
}

function inWords(target: Target, look: Look): ProviderTest {
  const [outcome, message, howToFix] = whatWasFound(target, look)
  const isOwnWords = look.failure !== null && look.status !== null && look.redirectsTo === null
  return {
    outcome,
    ok: look.ok && outcome !== 'failed',
    message,
    how_to_fix: howToFix,
    said: isOwnWords && look.failure ? look.failure.message : null,
    key: look.key,
    status: look.status,
    latency_ms: Math.round(look.latencyMs),
    models: look.models?.length ?? null,
    list: look.models?.toSorted((one, other) => (one.id < other.id ? -1 : 1)) ?? null,
    answered: null,
  }
}

function whatWasFound(target: Target, look: Look): [Outcome, string, string | null] {
  const { name } = target
  const { failure } = look
  const sends = target.endpoint.credential !== null
  if (failure === null) {
    const { length = 0 } = look.models ?? []
    const key = look.key === 'accepted' ? 'The key is accepted' : 'It answers'
    if (look.models === null) return ['no-list', `${key}, and its model list cannot be read.`, 'Type the names of its models.']
    return ['ok', `${key}: ${length === 1 ? '1 model' : `${length} models`}.`, length === 0 ? 'It lists no model: type a name.' : null]
  }
  if (failure.details.reason === 'lock')
    return ['locked', `Local Only is on: nothing is sent to ${name}, no test either.`, 'Unlock the split to test it.']
  if (look.ok)
    return [
      'no-list',
      `It answers, and has no model list (status ${look.status}).`,
      'Type the names of its models. If it should have a list, look at the path: most end in /v1.',
    ]
  if (look.redirectsTo !== null || failure.code === 'upstream_redirect')
    return [
      'redirect',
      `It redirects${look.redirectsTo ? ` to ${look.redirectsTo}` : ''}; a redirect is never followed, so that the key goes to no other place.`,
      'Give the address that it points to, if you trust it.',
    ]
  switch (failure.kind) {
    case 'bad-credentials':
      return sends
        ? ['key-rejected', `${name} rejected the key.`, 'Copy the key again, whole, from the page of the provider.']
        : ['key-missing', `${name} wants a key.`, 'Paste one.']
    case 'quota-exhausted':
      return ['no-credit', `${name} takes the key, and the account has no credit left.`, 'Add credit at the provider.']
    case 'rate-limited-upstream': {
      const { retryAfterMs } = failure.details
      return [
        'limited',
        `${name} is rate-limited${retryAfterMs === undefined ? '' : `, back in ${Math.ceil(retryAfterMs / 1000)} s`}.`,
        'Try again then. It can be added all the same.',
      ]
    }
    case 'too-slow-to-start':
      return ['timeout', `${name} did not answer within ${LOOK_TIMEOUT_MS / 1000} s.`, howToReach(target)]
    case 'unreachable':
      return ['unreachable', `${failure.message.replace(/\.$/, '')}.`, howToReach(target)]
    case 'garbled-reply':
      return [
        'not-an-api',
        `${name} answered with something that is no model list: a web page, or another kind of server.`,
        'Look at the address: most end in /v1.',
      ]
    default:
      return ['failed', look.status === null ? failure.message : `${name} failed with status ${look.status}.`, null]
  }
}

function howToReach({ endpoint }: Target): string {
  const { hostname, port, protocol } = new URL(endpoint.baseUrl)
  const host = hostname.replace(/^\[|\]$/g, '')
  if (host === 'localhost' || host === '::1' || host.startsWith('127.'))
    return `Is the server running, and on port ${port || (protocol === 'https:' ? '443' : '80')}?`
  const isNear = host.endsWith('.local') || (isIP(host) !== 0 && !isPublicAddress(host))
  if (isNear)
    return 'Is it on, and does it listen on its network address? On a Mac, System Settings → Privacy & Security → Local Network has to allow Headgate.'
  return 'Look at the address, and at this machine’s network.'
}

function deploymentFor({ name, kind, endpoint }: Target, model: string, address: Deployment['address']): Deployment {
  return {
    name: `${model}/${name}`,
    model,
    provider: name,
    kind,
    upstreamModel: model,
    lane: address === 'network' ? 'remote' : 'local',
    address,
    endpoint,
    weight: null,
    priority: 0,
    context: null,
    features: { tools: null, vision: null, json: null, reasoning: null, embeddings: null },
    price: null,
    startDeadlineMs: null,
    maxInFlight: 1,
    source: 'panel',
    disabled: null,
  }
}
