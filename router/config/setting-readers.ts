/** The settings that no field of the catalog carries, typed, for those who use them. */
import type { Catalog } from '../core/catalog.ts'

export interface ServerSettings {
  readonly requireKey: boolean
  /** Names besides `localhost` and the loopback addresses that the `Host` header may carry. */
  readonly hostNames: readonly string[]
  readonly corsOrigins: readonly string[]
}

export interface EngineSettings {
  /** `auto` = a child process without a GPU, this process with one. */
  readonly isolation: 'auto' | 'child' | 'process'
  /** Answers at once, per loaded model. */
  readonly slots: number
  /** Null = chosen by the engine. */
  readonly threads: number | null
  /** Usual context of a model in tokens. */
  readonly contextTokens: number
  /** 0 = never. */
  readonly idleUnloadMs: number
  /** Null = what the machine has to spare. */
  readonly memoryBudgetBytes: number | null
}

export interface GuardSettings {
  readonly offline: boolean
  readonly battery: boolean
  readonly thermal: boolean
  /** A request goes to the remote lane where it would wait longer for this machine. */
  readonly queueWaitMs: number
}

export function guardSettings(catalog: Catalog): GuardSettings {
  const read = reader(catalog)
  return {
    offline: read('guards.offline'),
    battery: read('guards.battery'),
    thermal: read('guards.thermal'),
    queueWaitMs: read<number>('guards.queue_wait') * 1000,
  }
}

export function serverSettings(catalog: Catalog): ServerSettings {
  const read = reader(catalog)
  return { requireKey: read('require_key'), hostNames: read('host_names'), corsOrigins: read('cors_origins') }
}

/** Names of the routing metrics that are shown. */
export function shownMetrics(catalog: Catalog): readonly string[] {
  return reader(catalog)('routing_metrics')
}

export function engineSettings(catalog: Catalog): EngineSettings {
  const read = reader(catalog)
  const budgetGiB = read<number | null>('engine.memory_budget')
  return {
    isolation: read('engine.isolation'),
    slots: read('engine.slots'),
    threads: read('engine.threads'),
    contextTokens: read('engine.context'),
    idleUnloadMs: read<number>('engine.idle_unload') * 1000,
    memoryBudgetBytes: budgetGiB === null ? null : Math.round(budgetGiB * 2 ** 30),
  }
}

/** Values were checked by the schema of their key when they were put into the catalog. */
function reader(catalog: Catalog): <Value>(path: string) => Value {
  return <Value>(path: string) => {
    const setting = catalog.settings.find((each) => each.path === path)
    if (!setting) throw new TypeError(`The catalog has no setting ${path}.`)
    return setting.value as Value
  }
}
