/** Both lanes: the transport to servers, the engine on this machine, the slots of each deployment, and its health. */
import { basename } from 'node:path'
import {
  createEngineBackend,
  createHttpBackend,
  createProviderLook,
  createTransport,
  type LookAtProvider,
  type Transport,
} from '../backends/index.ts'
import { type Budgets, createBudgets } from '../control/budgets.ts'
import { createGuards, type Guards } from '../control/guards.ts'
import { createHealthControl, type HealthControl } from '../control/health-control.ts'
import { createProviderLists } from '../control/provider-lists.ts'
import { providerSums } from '../control/provider-sums.ts'
import type { Backend } from '../core/backend.ts'
import type { Deployment } from '../core/deployment.ts'
import { dialectOf } from '../dialects/index.ts'
import { createEngine, type Engine } from '../engine/index.ts'
import { createSlots, type ExecutionLimits, type Slots } from '../execution/index.ts'
import { providerOf } from '../providers/index.ts'
import type { Configuration } from './configuration.ts'
import { type Foundation, version } from './foundation.ts'
import type { Stops } from './stops.ts'

export interface Lanes {
  readonly transport: Transport
  readonly look: LookAtProvider
  readonly engine: Engine
  readonly backendOf: (deployment: Deployment) => Backend
  readonly slots: Slots
  readonly health: HealthControl
  readonly guards: Guards
  readonly budgets: Budgets
}

/** A model that nobody uses is unloaded so soon while the battery is spared. */
const BATTERY_IDLE_MS = 60_000

export function openLanes(
  { clock, bus, host, registry }: Foundation,
  { catalog, catalogs, split, engine: engineSettings, guards: guardRules, setListed }: Configuration,
  limits: ExecutionLimits,
  stops: Stops,
): Lanes {
  const isLocalOnly = () => split.current().lock === 'local'
  const transport = createTransport({
    connectMs: () => catalog().timeouts.connectMs,
    connectLoopbackMs: () => catalog().timeouts.connectLoopbackMs,
    isLocalOnly,
    clock,
  })
  stops.add('transport', transport.close)
  const atStart = engineSettings()
  const engine = createEngine({
    host,
    clock,
    settings: {
      isolation: atStart.isolation === 'process' ? 'in-process' : atStart.isolation,
      slots: atStart.slots,
      threads: atStart.threads,
      queueLimit: limits.queuePerDeployment,
      // These may change while it runs: the engine reads them where it needs them.
      get context() {
        return engineSettings().contextTokens
      },
      get idleUnloadMs() {
        const { idleUnloadMs } = engineSettings()
        return guards.sparesBattery() ? Math.min(idleUnloadMs || BATTERY_IDLE_MS, BATTERY_IDLE_MS) : idleUnloadMs
      },
      get memoryBudgetBytes() {
        return engineSettings().memoryBudgetBytes
      },
    },
    log: (level, message) => bus.emit({ type: 'log', level, message, source: 'engine' }),
  })
  stops.add('engine', engine.stop)
  const engineBackend = createEngineBackend({ engine, clock })
  const httpBackend = createHttpBackend({ transport, clock, version, providerOf, dialectOf })
  const look = createProviderLook({ transport, clock, version, providerOf, dialectOf })
  const backendOf = ({ kind }: Deployment) => (kind === 'engine' ? engineBackend : httpBackend)

  const budgets = createBudgets({
    clock,
    catalog,
    settings: registry.settings,
    spentSince: (provider, sinceMs) => providerSums(catalog(), registry.figures, sinceMs).get(provider)?.costUsd ?? 0,
    emit: bus.emit,
  })
  bus.subscribe(budgets.read)
  stops.add('budgets', budgets.stop)
  const guards = createGuards({ clock, host, settings: registry.settings, rules: guardRules, offlineSince: () => health.offlineSince(), bus })
  stops.add('guards', guards.stop)
  // One answer at a time while the battery is spared (split page, Guards).
  const slots = createSlots(clock, limits, ({ kind, maxInFlight }) => (kind === 'engine' && guards.sparesBattery() ? 1 : maxInFlight))
  const engineState = (file: string) => engine.states().find((state) => state.file === file)
  const health = createHealthControl({
    clock,
    host,
    bus,
    catalog,
    backendOf,
    inFlight: slots.inFlight,
    isLoaded: (file) => engineState(file)?.state === 'ready',
    isLocalOnly,
    mayGoOffline: () => guards.acts('offline'),
    guarded: ({ kind, provider, upstreamModel }) => ({
      memoryRefusal: kind === 'engine' ? (engineState(upstreamModel)?.memoryRefusal ?? null) : null,
      overBudget: budgets.usedUp(provider),
    }),
    onWake() {
      transport.dropIdle()
      guards.look()
    },
    onOffline: (isOffline) =>
      bus.emit({
        type: 'log',
        level: 'warn',
        message: isOffline ? 'This machine is offline: remote deployments are left out until two looks succeed.' : 'This machine is online again.',
      }),
  })
  stops.add('health', health.stop)
  health.catalogChanged(catalog())
  catalogs.onChange(health.catalogChanged)

  const lists = createProviderLists({
    clock,
    look,
    isLocalOnly,
    onChange: () => setListed(lists.listed()),
  })
  stops.add('provider lists', lists.stop)
  lists.catalogChanged(catalog())
  catalogs.onChange(lists.catalogChanged)

  engine.onChange(({ file, state, detail }) => {
    bus.emit({ type: 'engine-state', model: basename(file), state, detail })
    health.engineChanged(file, state)
  })
  // Remote Only: no local model stays loaded; answers that run are finished first.
  bus.subscribe((event) => {
    if (event.type !== 'split-changed' || event.lock !== 'remote') return
    for (const { file, state } of engine.states()) if (state === 'ready' || state === 'loading') void engine.unload(file).catch(() => {})
  })
  bus.subscribe((event) => {
    if (event.type === 'guard-changed') engine.idleChanged()
    else if (event.type !== 'setting-changed' && event.type !== 'config-applied') return
    if (!guards.acts('offline')) health.releaseOffline()
  })
  return { transport, look, engine, backendOf, slots, health, guards, budgets }
}
