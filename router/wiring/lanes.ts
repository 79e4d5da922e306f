/** Both lanes: the transport to servers, the engine on this machine, the slots of each deployment, and its health. */
import { basename } from 'node:path'
import { createEngineBackend, createHttpBackend, createTransport, type Transport } from '../backends/index.ts'
import { createHealthControl, type HealthControl } from '../control/health-control.ts'
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
  readonly engine: Engine
  readonly backendOf: (deployment: Deployment) => Backend
  readonly slots: Slots
  readonly health: HealthControl
}

export function openLanes(
  { clock, bus, host }: Foundation,
  { catalog, catalogs, split, engine: engineSettings }: Configuration,
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
        return engineSettings().idleUnloadMs
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
  const backendOf = ({ kind }: Deployment) => (kind === 'engine' ? engineBackend : httpBackend)

  const slots = createSlots(clock, limits)
  const health = createHealthControl({
    clock,
    host,
    bus,
    catalog,
    backendOf,
    inFlight: slots.inFlight,
    isLoaded: (file) => engine.states().some((state) => state.file === file && state.state === 'ready'),
    isLocalOnly,
    onWake: transport.dropIdle,
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

  engine.onChange(({ file, state, detail }) => {
    bus.emit({ type: 'engine-state', model: basename(file), state, detail })
    health.engineChanged(file, state)
  })
  // Remote Only: no local model stays loaded; answers that run are finished first.
  bus.subscribe((event) => {
    if (event.type !== 'split-changed' || event.lock !== 'remote') return
    for (const { file, state } of engine.states()) if (state === 'ready' || state === 'loading') void engine.unload(file).catch(() => {})
  })
  return { transport, engine, backendOf, slots, health }
}
