/** Files, rows and found model files become the catalog. Invariant: either a whole new catalog or a `ConfigurationError`; nothing in between. */
import { join } from 'node:path'
import type { Catalog, ConfigWarning, EffectiveSetting, ProviderEntry } from '../core/catalog.ts'
import type { Model } from '../core/deployment.ts'
import { autoModel, autoName, defaultModels } from '../policy/auto-model.ts'
import { ConfigurationError, quote } from './configuration-error.ts'
import { readConfigurationFolder } from './configuration-folder.ts'
import { unknownProvider } from './deployment-entry.ts'
import { modelsOfFiles, modelsOfPanel, providersOfFiles, providersOfPanel, seedLists } from './entry-requests.ts'
import { fallbackWarnings, noModel } from './fallback-checks.ts'
import { collectFileSettings, type FileSettings } from './file-settings.ts'
import { modelsOfLitellm, withFallbacks, withGroups, withRedundantModels } from './litellm-requests.ts'
import { buildModels, type ModelParts, type ModelRequest } from './model-entries.ts'
import { builtInProviders, type ConfiguredProvider, configureProvider, type ProviderRequest } from './provider-entries.ts'
import { settleRouting } from './routing-settings.ts'
import { rulesOfFiles } from './rules-of-files.ts'
import type { LocalModel, StoredEntries } from './stored-entries.ts'
import type { Environment } from './variables.ts'

export interface ConfigurationParts {
  /** The configuration folder; need not exist. */
  readonly folder: string
  readonly environment: Environment
  /** `logging.output` starts here; `models` below it holds the files that the panel may name. */
  readonly dataFolder: string
  readonly rows: StoredEntries
  readonly localModels: readonly LocalModel[]
  /** GGUF files outside the models folder that entries of the panel may name. */
  readonly chosenFiles?: readonly LocalModel[]
  readonly version: number
  /** Usual context of the engine in tokens where the panel set one above the files. */
  readonly engineContext?: number | null
}

/** Loads the effective configuration. Throws a `ConfigurationError` with file and line; what is only odd is a warning of the catalog. */
export async function loadConfiguration(parts: ConfigurationParts): Promise<Catalog> {
  const { files: texts, environment } = await readConfigurationFolder(parts.folder, parts.environment)
  const files = collectFileSettings(texts)
  const warnings: ConfigWarning[] = []
  const warn = (warning: ConfigWarning) => void warnings.push(warning)
  const routing = settleRouting({ files, stored: parts.rows.settings, dataFolder: parts.dataFolder, warn })

  const { credentials, keysElsewhere = new Set<string>(), switchedOff, budgets, listed: listedAt = new Map() } = parts.rows
  const shared = {
    environment,
    engineSlots: routing.engineSlots,
    stored: { credentials, keysElsewhere, switchedOff, budgets, listed: listedAt },
  }
  const seeds = seedLists(files, shared, warn)
  const litellm = modelsOfLitellm(files, shared, warn)
  const providers = allProviders({ files, rows: parts.rows, shared, warn, seeds: [...seeds.providers, ...litellm.providers] })
  const written = [...modelsOfFiles(files, warn), ...seeds.models, ...litellm.models]
  const fileModels = withGroups(withFallbacks(withRedundantModels(written, files, warn), files, warn), files)
  const ofFiles = new Set(fileModels.flatMap(({ input }) => [input.name, ...input.aliases]))
  const modelParts: ModelParts = {
    folder: parts.folder,
    modelsFolder: join(parts.dataFolder, 'models'),
    providers,
    localModels: parts.localModels,
    chosenFiles: parts.chosenFiles ?? [],
    engineContext: parts.engineContext ?? routing.engineContext,
    warn,
  }
  const panelModels = usable(fileModels, withGroups(modelsOfPanel(parts.rows, ofFiles, warn), files), modelParts)
  const listed = buildModels([...fileModels, ...panelModels], modelParts)
  const fallback = settleDefault(files, providers)

  const catalog: Catalog = {
    version: parts.version,
    models: listed,
    modelsByName: byName(listed),
    providers: new Map([...providers.values()].map(({ entry }) => [entry.name, withEngineDefault(entry, listed)])),
    split: routing.split,
    splitIsSet: routing.splitIsSet,
    strategy: routing.strategy,
    rules: rulesOfFiles({
      files,
      providers: new Set(providers.keys()),
      models: new Set(listed.flatMap((model) => [model.name, ...model.aliases])),
      strategy: routing.strategy,
      stored: parts.rows.rules,
      warn,
    }),
    timeouts: routing.timeouts,
    healthCheckMs: routing.healthCheckMs,
    allowedFails: routing.allowedFails,
    longestWaitMs: routing.longestWaitMs,
    rateLimitFallbackMs: routing.rateLimitFallbackMs,
    errorRouting: routing.errorRouting,
    attempts: routing.attempts,
    logsDecisions: routing.logsDecisions,
    default: fallback,
    logFile: routing.logFile,
    warnings,
    settings: [...routing.settings, ...settingsOfEntries(providers, listed, fallback)],
    files: texts.map(({ file }) => file),
  }
  const complete = withAuto(withDefaultModels(catalog))
  warnOfModels(files, complete, warn)
  return Object.freeze(complete)
}

interface ProviderParts {
  readonly files: FileSettings
  readonly rows: StoredEntries
  readonly shared: Pick<ProviderRequest, 'environment' | 'engineSlots' | 'stored'>
  readonly warn: (warning: ConfigWarning) => void
  readonly seeds: readonly ConfiguredProvider[]
}

/**
 * The engine, then files, then the panel, then what is built in; the order is that of `auto`. An entry of the seeds' lists whose name is taken is
 * not listed again; its own deployments still use its own endpoint.
 */
function allProviders({ files, rows, shared, warn, seeds }: ProviderParts): Map<string, ConfiguredProvider> {
  const own = providersOfFiles(files, shared, warn)
  const ownNames = new Set(own.map(({ entry }) => entry.name))
  const builtIn = builtInProviders(ownNames, shared)
  const asked = files.get('default')?.value.provider
  const providers = new Map<string, ConfiguredProvider>()
  const add = (each: ConfiguredProvider) => {
    if (!providers.has(each.entry.name)) providers.set(each.entry.name, each)
  }
  builtIn.filter(({ entry }) => entry.name === 'engine').forEach(add)
  own.forEach(add)
  seeds.forEach(add)
  providersOfPanel(rows, ownNames, shared, warn).forEach(add)
  // Whoever makes it the default asks for its default model too.
  for (const each of builtIn)
    add(
      each.entry.name === asked
        ? configureProvider({ ...shared, input: { name: asked }, source: 'built-in', warn: () => {}, fail: failBuiltIn })
        : each,
    )
  return providers
}

function failBuiltIn(_: string, message: string): never {
  throw new TypeError(message)
}

/** The panel's models that can be built beside those of the files; each broken one is left out with a warning. */
function usable(ofFiles: readonly ModelRequest[], ofPanel: readonly ModelRequest[], parts: ModelParts): ModelRequest[] {
  const kept: ModelRequest[] = []
  for (const request of ofPanel)
    try {
      buildModels([...ofFiles, ...kept, request], { ...parts, warn: () => {} })
      kept.push(request)
    } catch (error) {
      if (!(error instanceof ConfigurationError) || error.file !== 'panel') throw error
      parts.warn({ file: 'panel', line: null, message: `model ${quote(request.input.name)} of the panel is not used: ${error.message}` })
    }
  return kept
}

function byName(models: readonly Model[]): ReadonlyMap<string, Model> {
  return new Map(models.flatMap((model) => [model.name, ...model.aliases].map((name) => [name, model] as const)))
}

/** While nothing of the engine can be served yet (its file is on its way), `auto` still stands for it, with the reason. */
function withEngineDefault(entry: ProviderEntry, models: readonly Model[]): ProviderEntry {
  if (entry.kind !== 'engine' || entry.defaultModel !== null) return entry
  const own = models.flatMap((model) => model.deployments).filter((deployment) => deployment.provider === entry.name)
  return own.some((deployment) => deployment.disabled === null) ? entry : { ...entry, defaultModel: own[0]?.model ?? null }
}

/** A configured provider's default model is a model, listed or not. */
function withDefaultModels(catalog: Catalog): Catalog {
  const models = [...catalog.models, ...defaultModels(catalog)]
  return { ...catalog, models, modelsByName: byName(models) }
}

/** `auto` is always a model. */
function withAuto(catalog: Catalog): Catalog {
  if (catalog.modelsByName.has(autoName)) return catalog
  const models = [...catalog.models, autoModel(catalog)]
  return { ...catalog, models, modelsByName: byName(models) }
}

function settleDefault(files: FileSettings, providers: ReadonlyMap<string, ConfiguredProvider>): Catalog['default'] {
  const set = files.get('default')
  if (!set) return null
  const { model = null, provider = null } = set.value
  if (provider !== null && !providers.has(provider))
    throw new ConfigurationError(set.file, set.line(['provider']), unknownProvider(provider, { providers }))
  return { model, provider, source: set.source([]) }
}

/** Names of models that nobody has are odd, not wrong: model files come and go. */
function warnOfModels(files: FileSettings, catalog: Catalog, warn: (warning: ConfigWarning) => void): void {
  for (const warning of fallbackWarnings(files, catalog)) warn(warning)
  const models = files.get('models')
  for (const [index, model] of (models?.value ?? []).entries())
    if (models && catalog.modelsByName.get(model.name)?.deployments.length === 0)
      warn({ file: models.file, line: models.line([index]), message: `model ${quote(model.name)} has no deployment` })
  const fallback = files.get('default')
  const { model, provider } = fallback?.value ?? {}
  if (fallback && model !== undefined && provider === undefined && !catalog.modelsByName.has(model))
    warn({ file: fallback.file, line: fallback.line(['model']), message: noModel(model, catalog) })
}

/** Configured providers, models and the default as settings. Credentials are opaque values and print as such. */
function settingsOfEntries(
  providers: ReadonlyMap<string, ConfiguredProvider>,
  models: readonly Model[],
  fallback: Catalog['default'],
): EffectiveSetting[] {
  const settings: EffectiveSetting[] = [
    { path: 'default', value: fallback ? { model: fallback.model, provider: fallback.provider } : null, source: fallback?.source ?? 'default' },
  ]
  for (const { entry, urlSource, credentialSource } of providers.values()) {
    const put = (name: string, value: unknown, source = entry.source) =>
      void settings.push({ path: `providers.${entry.name}.${name}`, value, source })
    if (entry.source === 'built-in') continue
    put('kind', entry.kind)
    if (entry.endpoint) put('base_url', entry.endpoint.baseUrl, urlSource)
    if (credentialSource !== null && entry.endpoint?.credential) put('api_key', entry.endpoint.credential, credentialSource)
    if (entry.defaultModel !== null) put('default_model', entry.defaultModel)
    put('max_in_flight', entry.maxInFlight)
    if (entry.priority) put('priority', entry.priority)
    if (entry.region) put('region', entry.region)
    if (entry.budget) put('budget', entry.budget)
    if (entry.isOff) put('disabled', true)
  }
  for (const model of models) {
    const put = (name: string, value: unknown) => void settings.push({ path: `models.${model.name}.${name}`, value, source: model.source })
    if (model.aliases.length > 0) put('aliases', model.aliases)
    if (model.remoteShare !== null) put('remote_share', model.remoteShare)
    if (model.lock) put('lock', model.lock)
    if (model.weightedShare !== null) put('weighted_share', model.weightedShare)
    if (model.strategy !== null) put('strategy', model.strategy)
    if (model.fallbacks.length > 0) put('fallbacks', model.fallbacks)
    put(
      'deployments',
      model.deployments.map((deployment) => deployment.name),
    )
  }
  return settings
}
