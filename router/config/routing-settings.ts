/** The settings in force: files over the panel over the schemas' defaults, each with its source. The two forms of one thing may not both be set. */
import { resolve } from 'node:path'
import type { Catalog, ConfigWarning, EffectiveSetting, Timeouts } from '../core/catalog.ts'
import type { Source } from '../core/deployment.ts'
import { defaultSplit, type Split } from '../core/split.ts'
import { ConfigurationError, placeOf } from './configuration-error.ts'
import { isInside } from './deployment-entry.ts'
import { describeIssue, type FileSettings, type SetValue } from './file-settings.ts'
import type { TopLevelKey } from './schema/index.ts'
import { topLevel } from './schema/index.ts'
import { defaultAllowedFails, laterRouterSettings } from './schema/settings.ts'
import { settleShownMetrics } from './shown-metrics.ts'
import type { StoredEntries } from './stored-entries.ts'
import { strategyNamed, unknownStrategy } from './strategy-name.ts'

export interface RoutingSettings
  extends Pick<
    Catalog,
    | 'split'
    | 'splitIsSet'
    | 'strategy'
    | 'timeouts'
    | 'healthCheckMs'
    | 'allowedFails'
    | 'logFile'
    | 'longestWaitMs'
    | 'rateLimitFallbackMs'
    | 'errorRouting'
    | 'attempts'
    | 'logsDecisions'
  > {
  readonly engineSlots: number
  /** Usual context of the engine in tokens. */
  readonly engineContext: number
  readonly settings: readonly EffectiveSetting[]
}

export interface RoutingParts {
  readonly files: FileSettings
  readonly stored: StoredEntries['settings']
  readonly dataFolder: string
  readonly warn: (warning: ConfigWarning) => void
}

/** Settles every setting. Throws a `ConfigurationError` where two keys contradict each other. */
export function settleRouting(parts: RoutingParts): RoutingSettings {
  const { files } = parts
  const settings: EffectiveSetting[] = []
  const put = (path: string, value: unknown, source: Source) => void settings.push({ path, value, source })
  const split = settleSplit(parts)
  for (const [name, key] of splitKeys) put(`split.${name}`, split.value[key], split.sourceOf(name))
  const strategy = settleStrategy(parts)
  put('strategy', strategy.name, strategy.source)
  const timeouts = settleTimeouts(files)
  for (const [name, { seconds, source }] of Object.entries(timeouts)) put(`timeouts.${name}`, seconds, source)
  const healthCheck = plain('health_check', parts)
  put('health_check', healthCheck.value, healthCheck.source)
  const router = files.get('router_settings')
  const allowedFails = router?.value.allowed_fails ?? defaultAllowedFails
  put('allowed_fails', allowedFails, router?.has(['allowed_fails']) ? router.source(['allowed_fails']) : 'default')
  if (router) warnOfLater(router, parts)
  const reliability = settleReliability(files)
  settings.push(...reliability.settings, settleShownMetrics(files, parts.warn))
  const probes = files.get('probes')
  if (probes?.has(['paid'])) parts.warn({ file: probes.file, line: probes.line(['paid']), message: 'known, not in force yet: probes.paid' })
  const { logFile, source: logSource } = settleLogFile(parts)
  put('logging.output', logFile, logSource)
  for (const key of ['require_key', 'host_names', 'cors_origins'] as const) {
    const { value, source } = plain(key, parts)
    put(key, value, source)
  }
  const engine = grouped('engine', parts)
  for (const each of [...engine, ...grouped('guards', parts), ...grouped('probes', parts)]) settings.push(each)
  return {
    split: split.value,
    splitIsSet: split.isSet,
    strategy: strategy.name,
    timeouts: inMilliseconds(timeouts),
    healthCheckMs: healthCheck.value === null ? null : (healthCheck.value as number) * 1000,
    allowedFails,
    ...reliability.values,
    logFile,
    engineSlots: engine.find((each) => each.path === 'engine.slots')?.value as number,
    engineContext: engine.find((each) => each.path === 'engine.context')?.value as number,
    settings,
  }
}

const splitKeys = [
  ['remote_share', 'remoteShare'],
  ['fallback', 'fallback'],
  ['lock', 'lock'],
  ['unit', 'unit'],
  ['selection', 'selection'],
  ['seed', 'seed'],
] as const satisfies readonly (readonly [string, keyof Split])[]

interface SettledSplit {
  readonly value: Split
  readonly isSet: boolean
  readonly sourceOf: (name: string) => Source
}

/** What seed 000's form sets; `split` beside it may set the rest. */
const setByFraction: readonly string[] = ['remote_share', 'unit', 'selection']

/** Headgate's own form, or seed 000's: `local_fraction` of single requests, drawn at random. */
function settleSplit({ files, warn }: RoutingParts): SettledSplit {
  const own = files.get('split')
  const strategy = files.get('routing_strategy')
  const parameter = files.get('routing_parameter')
  const fraction = parameter?.value.local_fraction
  const sourceOfOwn = (name: string) => (own?.has([name]) ? own.source([name]) : 'default')
  if (own && (!parameter || fraction === undefined)) {
    const { remote_share: remoteShare, ...rest } = own.value
    const source = own.source([])
    return { value: { ...rest, remoteShare, source }, isSet: true, sourceOf: sourceOfOwn }
  }
  if (parameter && fraction !== undefined) {
    if (own && setByFraction.some((name) => own.has([name]))) contradict(own, parameter, ['local_fraction'], 'the split')
    const { fallback, lock, seed } = own?.value ?? defaultSplit
    const source = parameter.source(['local_fraction'])
    // Decimals that are written exactly stay exact: 1 − 0.6 is 0.4, not 0.4000…01.
    const remoteShare = Math.round((1 - fraction) * 1e12) / 1e12
    return {
      value: { fallback, lock, seed, remoteShare, unit: 'request', selection: 'random', source },
      isSet: true,
      sourceOf: (name) => (setByFraction.includes(name) ? source : sourceOfOwn(name)),
    }
  }
  if (strategy?.value === 'fixed')
    warn({ file: strategy.file, line: strategy.line([]), message: 'routing_strategy: fixed sets nothing without routing_parameter.local_fraction' })
  return { value: defaultSplit, isSet: false, sourceOf: () => 'default' }
}

/** `routing_strategy: fixed` sets the split only; any other value orders the deployments of a lane. */
function settleStrategy(parts: RoutingParts): { readonly name: string; readonly source: Source } {
  const { files } = parts
  const seed = files.get('routing_strategy')
  const router = files.get('router_settings')
  const named: (readonly [SetValue<unknown>, readonly string[], string])[] = []
  const own = files.get('strategy')
  if (own) named.push([own, [], own.value])
  if (seed && seed.value !== 'fixed') named.push([seed, [], seed.value])
  if (router?.value.routing_strategy !== undefined) named.push([router, ['routing_strategy'], router.value.routing_strategy])
  const [first, second] = named
  if (first && second) contradict(first[0], second[0], second[1], 'the strategy')
  if (!first) return { name: plain('strategy', parts).value as string, source: plain('strategy', parts).source }
  const [owner, path, name] = first
  const found = strategyNamed(name)
  if (found === undefined) throw new ConfigurationError(owner.file, owner.line(path), unknownStrategy(name))
  return { name: found, source: owner.source(path) }
}

/** Absolute. It stays inside the data folder, whoever wrote the file (security page, e59). */
function settleLogFile({ files, dataFolder }: RoutingParts): { readonly logFile: string | null; readonly source: Source } {
  const logging = files.get('logging')
  const output = logging?.value.output
  if (!logging || !output) return { logFile: null, source: 'default' }
  const logFile = resolve(dataFolder, output)
  if (output.includes('\0') || !isInside(dataFolder, logFile))
    throw new ConfigurationError(logging.file, logging.line(['output']), 'logging.output must be a file inside the data folder')
  return { logFile, source: logging.source(['output']) }
}

type TimeoutName = 'connect' | 'connect_loopback' | 'probe' | 'start'
type SettledTimeouts = Readonly<Record<TimeoutName, { readonly seconds: number; readonly source: Source }>>

/** `timeouts` in seconds; `timeout` at the top level (seed 000) is for connecting and probing, that of `router_settings` the start deadline. */
function settleTimeouts(files: FileSettings): SettledTimeouts {
  const own = files.get('timeouts')
  const seed = files.get('timeout')
  const router = files.get('router_settings')
  const defaults = topLevel.timeouts.parse({})
  const settle = (
    names: readonly TimeoutName[],
    fallback: TimeoutName,
    other: SetValue<unknown> | null,
    path: readonly string[],
    value: number | undefined,
  ) => {
    const name = names.find((each) => own?.has([each]))
    if (own && name && other && value !== undefined) contradict(own, other, path, `timeouts.${name}`)
    if (own && name) return { seconds: own.value[name], source: own.source([name]) }
    if (other && value !== undefined) return { seconds: value, source: other.source(path) }
    return { seconds: defaults[fallback], source: 'default' }
  }
  return {
    connect: settle(['connect'], 'connect', seed, [], seed?.value),
    connect_loopback: settle(['connect_loopback', 'connect'], 'connect_loopback', seed, [], seed?.value),
    probe: settle(['probe'], 'probe', seed, [], seed?.value),
    start: settle(['start'], 'start', router, ['timeout'], router?.value.timeout),
  }
}

function inMilliseconds(timeouts: SettledTimeouts): Timeouts {
  const of = (name: TimeoutName) => Math.round(timeouts[name].seconds * 1000)
  return { connectMs: of('connect'), connectLoopbackMs: of('connect_loopback'), probeMs: of('probe'), startMs: of('start') }
}

/** A setting of one value: a file's, else the panel's, else the schema's default. */
function plain(
  key: 'strategy' | 'health_check' | 'require_key' | 'host_names' | 'cors_origins',
  parts: RoutingParts,
): { value: unknown; source: Source } {
  const ofFile = parts.files.get(key)
  if (ofFile) return { value: ofFile.value, source: ofFile.source([]) }
  const stored = ofPanel(key, parts)
  if (stored === undefined) return { value: topLevel[key].parse(undefined), source: 'default' }
  const checked = topLevel[key].safeParse(stored)
  if (checked.success) return { value: checked.data, source: 'panel' }
  refuseStored(key, checked.error.issues, parts)
  return { value: topLevel[key].parse(undefined), source: 'default' }
}

/** A map of settings, each field by itself. */
function grouped(key: 'engine' | 'guards' | 'probes', parts: RoutingParts): EffectiveSetting[] {
  const ofFile = parts.files.get(key)
  const defaults = topLevel[key].parse({})
  return Object.entries(defaults).map(([name, fallback]) => {
    const path = `${key}.${name}`
    if (ofFile?.has([name])) return { path, value: (ofFile.value as Record<string, unknown>)[name], source: ofFile.source([name]) }
    const stored = ofPanel(path, parts)
    if (stored === undefined) return { path, value: fallback, source: 'default' }
    const checked = topLevel[key].safeParse({ [name]: stored })
    if (checked.success) return { path, value: (checked.data as Record<string, unknown>)[name], source: 'panel' }
    refuseStored(key, checked.error.issues, parts)
    return { path, value: fallback, source: 'default' }
  })
}

function ofPanel(path: string, { stored }: RoutingParts): unknown {
  return Object.hasOwn(stored, path) ? (stored[path] ?? undefined) : undefined
}

function refuseStored(key: TopLevelKey, issues: Parameters<typeof describeIssue>[0][], { warn }: RoutingParts): void {
  const [issue] = issues
  if (issue) warn({ file: 'panel', line: null, message: `not used: ${describeIssue(issue, key)}` })
}

type Reliability = Pick<RoutingSettings, 'longestWaitMs' | 'rateLimitFallbackMs' | 'errorRouting' | 'attempts' | 'logsDecisions'>

/** The seeds' words for the mechanism of the execution and health pages. */
function settleReliability(files: FileSettings): { readonly values: Reliability; readonly settings: readonly EffectiveSetting[] } {
  const router = files.get('router_settings')
  const limited = files.get('rate_limited_fallback')
  const errors = files.get('error_based_routing')
  const debug = files.get('debug_router')
  const ofRouter = (key: 'num_retries' | 'cooldown_time') => (router?.has([key]) ? router.source([key]) : 'default')
  const retries = router?.value.num_retries
  const waitS = router?.value.cooldown_time
  const values: Reliability = {
    attempts: retries === undefined ? null : retries + 1,
    longestWaitMs: waitS === undefined ? null : waitS * 1000,
    rateLimitFallbackMs: limited?.value.enabled ? limited.value.fallback_duration_seconds * 1000 : null,
    errorRouting: errors?.value.enabled ? { threshold: errors.value.error_threshold, windowMs: errors.value.cooldown_seconds * 1000 } : null,
    logsDecisions: debug?.value ?? false,
  }
  return {
    values,
    settings: [
      { path: 'attempts', value: values.attempts, source: ofRouter('num_retries') },
      { path: 'cooldown_time', value: waitS ?? null, source: ofRouter('cooldown_time') },
      { path: 'rate_limited_fallback', value: limited?.value ?? null, source: limited?.source([]) ?? 'default' },
      { path: 'error_based_routing', value: errors?.value ?? null, source: errors?.source([]) ?? 'default' },
      { path: 'debug_router', value: values.logsDecisions, source: debug?.source([]) ?? 'default' },
    ],
  }
}

function warnOfLater(router: NonNullable<ReturnType<typeof routerOf>>, { warn }: RoutingParts): void {
  for (const key of laterRouterSettings)
    if (router.has([key])) warn({ file: router.file, line: router.line([key]), message: `known, not in force yet: router_settings.${key}` })
}

const routerOf = (files: FileSettings) => files.get('router_settings')

function contradict(first: SetValue<unknown>, second: SetValue<unknown>, path: readonly string[], what: string): never {
  const line = second.line(path)
  throw new ConfigurationError(second.file, line, `${what} is set in ${first.source([])} and in ${placeOf(second.file, line)}`)
}
