/** Other model servers of this machine, as offers. Invariants: looked for at the start and, while somebody looks at the list, every ten minutes, never more; nothing is used unasked, and "not now" is remembered. */
import type { LocalServer } from '../backends/index.ts'
import type { Catalog } from '../core/catalog.ts'
import type { Clock } from '../core/clock.ts'
import { HeadgateError } from '../core/errors.ts'
import type { ModelControl } from './model-control.ts'
import type { ProviderControl } from './provider-control.ts'

/** As `/admin/found-servers` shows it. */
export interface FoundServerView {
  readonly kind: LocalServer['kind']
  readonly label: string
  readonly url: string
  readonly models: readonly { readonly id: string; readonly context: number | null; readonly embedding: boolean }[]
  /** A provider has this address already. */
  readonly configured: boolean
  readonly dismissed: boolean
}

export interface FoundServers {
  /** Looks again where the last look is old. */
  list(): Promise<readonly FoundServerView[]>
  /** Adds a provider and a model for each name, as local deployments. Throws a sentence; what was added before the trouble stays. */
  use(
    url: string,
    models: readonly string[] | null,
  ): Promise<{ readonly provider: string; readonly models: readonly string[]; readonly failed: readonly string[] }>
  /** Not now. */
  dismiss(url: string): void
}

export interface FoundServersParts {
  readonly look: () => Promise<readonly LocalServer[]>
  readonly clock: Pick<Clock, 'monotonic'>
  readonly catalog: () => Catalog
  readonly labelOf: (kind: string) => string
  /** Base URL of the provider of this kind that exists without being configured; null = there is none. */
  readonly builtInUrl: (kind: string) => string | null
  readonly models: Pick<ModelControl, 'add'>
  readonly providers: Pick<ProviderControl, 'add'>
  readonly dismissed: { readonly get: () => readonly string[]; readonly set: (urls: readonly string[]) => void }
}

const LOOK_AGAIN_MS = 10 * 60_000

export function createFoundServers(parts: FoundServersParts): FoundServers {
  let last: { readonly at: number; readonly servers: Promise<readonly LocalServer[]> } | null = null

  function servers(): Promise<readonly LocalServer[]> {
    const now = parts.clock.monotonic()
    if (last === null || now - last.at >= LOOK_AGAIN_MS) last = { at: now, servers: parts.look() }
    return last.servers
  }

  async function serverAt(url: string): Promise<LocalServer> {
    const server = (await servers()).find(({ origin }) => origin === url)
    if (!server) throw new HeadgateError('not-found', `No server was found at ${url.slice(0, 200)}.`, { code: 'server_not_found' })
    return server
  }

  /** Name of a provider that leads there; it is added where none does. */
  async function providerOf({ kind, origin }: LocalServer): Promise<string> {
    const known = [...parts.catalog().providers.values()].find((entry) => entry.source !== 'built-in' && leadsTo(entry.endpoint?.baseUrl, origin))
    if (known) return known.name
    if (leadsTo(parts.builtInUrl(kind) ?? undefined, origin)) return kind
    const name = `${kind}-${new URL(origin).port}`
    await parts.providers.add(name, { kind, base_url: `${origin}/v1` })
    return name
  }

  return {
    async list() {
      const dismissed = new Set(parts.dismissed.get())
      return (await servers()).map(({ kind, origin, models }) => ({
        kind,
        label: parts.labelOf(kind),
        url: origin,
        models: models.map(({ id, context, isEmbedding }) => ({ id, context, embedding: isEmbedding })),
        configured: isConfigured(parts.catalog(), origin),
        dismissed: dismissed.has(origin),
      }))
    },
    async use(url, names) {
      const server = await serverAt(url)
      const wanted = server.models.filter(({ id }) => names === null || names.includes(id))
      if (wanted.length === 0)
        throw new HeadgateError('invalid-request', 'Choose a model that this server has.', { code: 'invalid_value', param: 'models' })
      const provider = await providerOf(server)
      const added: string[] = []
      const failed: string[] = []
      for (const { id, context, isEmbedding } of wanted) {
        const deployment = {
          provider,
          model: id,
          ...(context === null ? {} : { context }),
          ...(isEmbedding ? { features: ['embeddings'] } : {}),
        }
        const name = freeName(shortName(id), provider, parts.catalog())
        await parts.models.add({ name, deployments: [deployment] }).then(
          () => void added.push(name),
          (error: Error) => void failed.push(`${id}: ${error.message}`),
        )
      }
      if (added.length === 0) throw new HeadgateError('invalid-request', failed.join(' '), { code: 'invalid_model' })
      parts.dismissed.set(parts.dismissed.get().filter((each) => each !== url))
      return { provider, models: added, failed }
    },
    dismiss(url) {
      if (!parts.dismissed.get().includes(url)) parts.dismissed.set([...parts.dismissed.get(), url].slice(-100))
    },
  }
}

/** Some deployment, or a provider that a person wrote down, has this address. */
function isConfigured(catalog: Catalog, origin: string): boolean {
  return (
    [...catalog.providers.values()].some((entry) => entry.source !== 'built-in' && leadsTo(entry.endpoint?.baseUrl, origin)) ||
    catalog.models.some(({ deployments }) => deployments.some(({ endpoint, source }) => source !== 'built-in' && leadsTo(endpoint?.baseUrl, origin)))
  )
}

const loopback = /^(localhost|127\.0\.0\.1|\[::1\])$/

/** `localhost` and `127.0.0.1` are one machine. */
function leadsTo(baseUrl: string | undefined, origin: string): boolean {
  if (baseUrl === undefined || !URL.canParse(baseUrl)) return false
  const { hostname, port } = new URL(baseUrl)
  return loopback.test(hostname) && port === new URL(origin).port
}

/** llama-server names its model by the path of the file. */
function shortName(id: string): string {
  return /[/\\].*\.gguf$/i.test(id) ? (id.split(/[/\\]/).at(-1) ?? id).replace(/\.gguf$/i, '').toLowerCase() : id
}

function freeName(name: string, provider: string, { modelsByName }: Catalog): string {
  if (!modelsByName.has(name)) return name
  for (let number = 1; ; number++) {
    const other = `${name} (${provider}${number === 1 ? '' : ` ${number}`})`
    if (!modelsByName.has(other)) return other
  }
}
