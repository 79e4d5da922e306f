/** What providers say they have, where a rule sends requests to one without naming a model, or asks for a size that no name tells. Invariant: only providers that a rule names are asked, with free looks, and never over a lock to this machine. */
import type { LookAtProvider } from '../backends/index.ts'
import { checkBaseUrl } from '../config/index.ts'
import type { Catalog, ListedAtProvider, ProviderEntry } from '../core/catalog.ts'
import type { Clock, Timer } from '../core/clock.ts'
import { parseSize, sizeOfName } from '../policy/index.ts'

const LOOK_TIMEOUT_MS = 5_000
/** Models are pulled and served anew. */
const AGAIN_MS = 10 * 60_000
/** One that did not answer is asked again this soon. */
const AGAIN_AFTER_FAILURE_MS = 60_000
/** So many of one provider are kept. */
const KEPT = 1_000

export interface ProviderLists {
  /** By provider name. */
  listed(): ReadonlyMap<string, readonly ListedAtProvider[]>
  /** The catalog is another: looks at what its rules need and nobody has looked at. */
  catalogChanged(catalog: Catalog): void
  stop(): void
}

export interface ProviderListParts {
  readonly clock: Pick<Clock, 'after' | 'monotonic'>
  readonly look: LookAtProvider
  readonly isLocalOnly: () => boolean
  /** A list is another: the catalog is to be loaded anew. */
  readonly onChange: () => void
}

interface Known {
  readonly baseUrl: string
  readonly models: readonly ListedAtProvider[]
  readonly dueMs: number
}

export function createProviderLists({ clock, look, isLocalOnly, onChange }: ProviderListParts): ProviderLists {
  const known = new Map<string, Known>()
  const looking = new Set<string>()
  let needed: readonly ProviderEntry[] = []
  let timer: Timer | null = null
  let isStopped = false

  function lookAtAll(): void {
    if (isStopped) return
    const now = clock.monotonic()
    for (const entry of needed) {
      const its = known.get(entry.name)
      if (its && its.baseUrl === entry.endpoint?.baseUrl && its.dueMs > now) continue
      if (!looking.has(entry.name)) void lookAt(entry)
    }
    const next = Math.min(...needed.map(({ name }) => known.get(name)?.dueMs ?? now + AGAIN_AFTER_FAILURE_MS))
    timer?.cancel()
    timer = needed.length === 0 ? null : clock.after(Math.max(1_000, next - now), lookAtAll)
  }

  async function lookAt(entry: ProviderEntry): Promise<void> {
    const { name, kind, endpoint } = entry
    if (endpoint === null) return
    const checked = checkBaseUrl(endpoint.baseUrl)
    if ('problem' in checked || (isLocalOnly() && checked.address === 'network')) return
    looking.add(name)
    const found = await look({ name, kind, endpoint, address: checked.address }, LOOK_TIMEOUT_MS).finally(() => looking.delete(name))
    if (isStopped) return
    const before = known.get(name)
    const models = found.models?.slice(0, KEPT).map(({ id, size }) => ({ id, size: size === null ? null : (parseSize(size) ?? sizeOfName(size)) }))
    // Without an answer the last list stands.
    const dueMs = clock.monotonic() + (models ? AGAIN_MS : AGAIN_AFTER_FAILURE_MS)
    known.set(name, { baseUrl: endpoint.baseUrl, models: models ?? before?.models ?? [], dueMs })
    if (models && JSON.stringify(models) !== JSON.stringify(before?.models ?? [])) onChange()
  }

  return {
    listed: () => new Map([...known].map(([name, { models }]) => [name, models])),
    catalogChanged(catalog) {
      needed = neededOf(catalog)
      lookAtAll()
    },
    stop() {
      isStopped = true
      timer?.cancel()
    },
  }
}

/** Those that a rule or a link names without a model and that have none to offer, and those whose sizes a rule asks for. */
function neededOf({ rules, providers, models }: Catalog): readonly ProviderEntry[] {
  const { metadata, exact, capabilities, patterns, sizes, chains } = rules
  const open = [...metadata, ...exact.values(), ...capabilities.values()].filter((rule) => rule.models.length === 0)
  const links = [...chains.values(), ...[...open, ...patterns, ...sizes].flatMap(({ chain }) => chain ?? [])]
    .flatMap((chain) => chain.links)
    .filter(({ model }) => model === null)
  const withoutModel = new Set([...open.flatMap((rule) => rule.providers), ...links.map(({ provider }) => provider)])
  const serving = new Set(models.flatMap(({ deployments }) => deployments.map(({ provider }) => provider)))
  const sized = new Set(sizes.flatMap((rule) => rule.providers))
  return [...providers.values()].filter(
    ({ name, kind, endpoint, disabled, defaultModel }) =>
      kind !== 'engine' &&
      endpoint !== null &&
      disabled === null &&
      (sized.has(name) || (withoutModel.has(name) && defaultModel === null && !serving.has(name))),
  )
}
