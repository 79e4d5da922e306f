/** Situations for the tray's pure functions: a router with both lanes, and whatever a test changes about it. */
import type { AppSituation, Situation } from '../../../electron/tray/situation.ts'
import type { RouterStatus } from '../../../router/control/desk.ts'
import { desktopDefaults } from '../../../router/core/desktop.ts'

export type Row = RouterStatus['deployments'][number]

export const deployment = (change: Partial<Row> = {}): Row => ({
  name: 'm/away',
  model: 'm',
  upstream_model: 'm',
  provider: 'away',
  lane: 'remote',
  state: 'healthy',
  detail: null,
  in_flight: 0,
  first_output_ms: 380,
  loaded: null,
  memory_bytes: null,
  tokens_per_s: null,
  very_small: false,
  source: 'models.yaml:3',
  address: 'network',
  context: null,
  features: {} as Row['features'],
  price: null,
  weight: null,
  priority: 0,
  max_in_flight: 8,
  local: null,
  entry: {} as Row['entry'],
  ...change,
})

export const engine = (change: Partial<Row> = {}): Row =>
  deployment({
    name: 'qwen3:8b/engine',
    model: 'qwen3:8b',
    provider: 'engine',
    lane: 'local',
    state: 'not-loaded',
    first_output_ms: null,
    loaded: false,
    local: { idle_unload_s: null } as Row['local'],
    ...change,
  })

export const router = (change: Partial<RouterStatus> = {}): RouterStatus => ({
  url: 'http://127.0.0.1:4777',
  isPaused: false,
  running: 0,
  problems: [],
  split: { preset: 'prefer-local', remoteShare: 0, fallback: true, lock: null, sessions: 0, remote: 0, reasons: {} },
  override: null,
  guards: [],
  models: [],
  deployments: [],
  downloads: [],
  desktop: desktopDefaults,
  ...change,
})

export const split = (change: Partial<RouterStatus['split']>): RouterStatus['split'] => ({ ...router().split, ...change })

export const situation = (status: Partial<RouterStatus> | null = {}, app: Partial<AppSituation> = {}): Situation => ({
  router: status === null ? null : router(status),
  app: { platform: 'darwin', now: 0, problem: null, updateReady: null, quittingAfter: null, hasUnseen: false, ...app },
})
