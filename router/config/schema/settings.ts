/** Schemas of the settings, with every public default in them. */
import { z } from 'zod'
import { defaultSplit } from '../../core/split.ts'
import { defaultStrategy } from '../../policy/strategies/index.ts'
import { knownMap } from './known-map.ts'
import { modelFallbacks } from './model-fallbacks.ts'
import { integer, listOf, modelName, number, seconds, share, toggle } from './scalars.ts'

export const splitSetting = knownMap({
  remote_share: share.default(defaultSplit.remoteShare),
  fallback: toggle.default(defaultSplit.fallback),
  lock: z.enum(['local', 'remote']).nullable().default(defaultSplit.lock),
  unit: z.enum(['session', 'request']).default(defaultSplit.unit),
  selection: z.enum(['deficit', 'random']).default(defaultSplit.selection),
  seed: integer(0, 2 ** 32 - 1)
    .nullable()
    .default(defaultSplit.seed),
})

/** Seconds. A `connect` of a file holds for loopback too. */
export const timeoutsSetting = knownMap({
  connect: seconds.default(5),
  connect_loopback: seconds.default(2),
  probe: seconds.default(2),
  /** Start deadline of an answer when nothing is learned. */
  start: seconds.default(60),
})

export const engineSetting = knownMap({
  /** Where the engine runs: `auto` = a child process without a GPU, this process with one (local engine page, Threads). */
  isolation: z.enum(['auto', 'child', 'process']).default('auto'),
  /** Answers at once, per loaded model. */
  slots: integer(1, 64).default(4),
  /** Null = performance cores − 1. */
  threads: integer(1, 512).nullable().default(null),
  /** Tokens of a model whose deployment sets no `context`: at most what it was trained for, and less where the memory budget does not suffice. */
  context: integer(128, 100_000_000).default(8192),
  /** Seconds without a request until a model is unloaded; 0 = never. */
  idle_unload: number(0, 30 * 86_400).default(900),
  /** GiB for models and their contexts; null = what the machine has to spare. */
  memory_budget: number(0.1, 100_000).nullable().default(null),
})

export const guardsSetting = knownMap({
  /** Without a network the local lane answers for the remote one. */
  offline: toggle.default(true),
  /** On battery, new conversations go to the remote lane first. */
  battery: toggle.default(false),
  /** Hot, new conversations go to the remote lane first and no model is loaded here. */
  thermal: toggle.default(true),
  /** Seconds: a request that would wait longer for this machine goes to the remote lane; 0 = it never waits. */
  queue_wait: number(0, 3600).default(8),
})

export const probesSetting = knownMap({
  /** US dollars a day that one-token probes of paid deployments may cost; 0 = none are sent. */
  paid: number(0, 10_000).default(0),
})

export const defaultSetting = knownMap({ model: modelName.optional(), provider: z.string().optional() }).refine(
  (value) => value.model !== undefined || value.provider !== undefined,
  'expected {model: NAME} or {provider: NAME}',
)

/** The settings that are one value each, by their top-level key. */
export const plainSettings = {
  strategy: z.string().default(defaultStrategy.name),
  /** Seconds between free probes of every deployment; 0 = passive only; null = the rules of the health page. */
  health_check: number(0, 86_400).nullable().default(null),
  require_key: toggle.default(false),
  host_names: listOf(z.string().min(1).max(253)).default([]),
  cors_origins: listOf(z.string().min(1).max(2048)).default([]),
} as const

/** Seed 000's words. */
export const seedSettings = {
  routing_strategy: z.string(),
  routing_parameter: knownMap({ local_fraction: share.optional() }),
  /** Seconds, for connecting and probing. */
  timeout: seconds,
  logging: knownMap({ output: z.string().max(1024).optional() }),
} as const

/** LiteLLM's block: the keys that are in force, and those whose turn comes later. */
export const routerSettings = knownMap({
  routing_strategy: z.string().optional(),
  /** Seconds: the start deadline. */
  timeout: seconds.optional(),
  /** Failures in a row that are forgiven: the next one puts a deployment out. */
  allowed_fails: integer(0, 1000).optional(),
  /** A name for several models, that are shared out like deployments of one. */
  model_group_alias: z.record(modelName, listOf(modelName)).optional(),
  /** Attempts after the first. */
  num_retries: integer(0, 20).optional(),
  /** Seconds: the longest wait before a deployment that is out is tried again. */
  cooldown_time: number(0.001, 86_400).optional(),
  /** Known states are looked at before every request anyway: no round trip. */
  enable_pre_call_checks: toggle.optional(),
  redis_host: z.unknown().optional(),
  redis_port: z.unknown().optional(),
  redis_password: z.unknown().optional(),
  fallbacks: z.array(modelFallbacks).max(10_000).optional(),
})

export const laterRouterSettings = ['redis_host', 'redis_port', 'redis_password'] as const

/** `allowed_fails` where nobody sets it: the 4th failure in a row trips (health page). */
export const defaultAllowedFails = 3
