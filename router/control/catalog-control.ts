/** Holds the catalog in force and swaps it whole. Invariant: a configuration that does not load changes nothing; the old one serves on and the reason is shown. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigurationError, type LocalModel, loadConfiguration, modelFilesIn, modelNameOf, type StoredEntries } from '../config/index.ts'
import type { Catalog, ConfigWarning } from '../core/catalog.ts'
import type { EventBus } from '../core/events.ts'
import type { StoredRules } from '../core/rules.ts'
import type { EntryStore } from '../registry/index.ts'

export interface ConfigProblem {
  readonly file: string
  readonly line: number | null
  readonly message: string
}

export interface CatalogControl {
  current(): Catalog
  /** Why the newest files are not in force; null = they are. */
  problem(): ConfigProblem | null
  /** Loads files and registry anew. One at a time; throws the ConfigurationError after telling it. */
  reload(by: string): Promise<void>
  /** What a reload would lead to with these rules of the panel; nothing changes. Throws the ConfigurationError of the files. */
  trial(rules: StoredRules): Promise<Catalog>
  /** Resolves when no load is under way. */
  settled(): Promise<unknown>
  onChange(listener: (catalog: Catalog) => void): void
}

export interface CatalogControlParts {
  readonly folder: string
  readonly dataFolder: string
  readonly modelsFolder: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly entries: EntryStore
  /** Routing rules that the panel added. */
  readonly rules?: () => StoredRules
  /** Usual context of the engine in tokens where the panel set one above the files; null = as the files say. */
  readonly engineContext?: () => number | null
  /** Keys that were pasted in the panel, and what was switched off there. Never rejects. */
  readonly providerChanges: () => Promise<Pick<StoredEntries, 'credentials' | 'switchedOff' | 'budgets'>>
  /** What providers say they have. */
  readonly listed?: () => NonNullable<StoredEntries['listed']>
  /** GGUF files outside the models folder that a person chose to use where they lie. */
  readonly chosenFiles?: () => readonly string[]
  readonly bus: EventBus
  /** Checks a GGUF file and reads its context; throws where it is none. */
  readonly inspectModel: (file: string) => Promise<{ contextLength: number | null }>
  /** The starter model: listed from the start, switched off with a reason until its file is there. */
  readonly starter: () => { readonly name: string; readonly file: string; readonly context: number | null; readonly disabled: string | null } | null
}

/** Loads the first catalog. When the files are broken it begins with none of them, and `problem` says why. */
export async function createCatalogControl(parts: CatalogControlParts): Promise<CatalogControl> {
  const { bus } = parts
  const listeners: ((catalog: Catalog) => void)[] = []
  const inspected = new Map<string, { readonly stamp: string; readonly context: number | null }>()
  /** What the log was told about files that are left out. */
  const leftOut = new Map<string, string>()
  let version = 0
  let problem: ConfigProblem | null = null
  let queue: Promise<unknown> = Promise.resolve()

  async function load(folder: string, version: number, rules = parts.rules?.() ?? {}): Promise<Catalog> {
    const { entries } = parts
    return loadConfiguration({
      folder,
      environment: parts.environment,
      dataFolder: parts.dataFolder,
      rows: {
        providers: entries.providers(),
        models: entries.models(),
        deployments: entries.deployments(),
        settings: {},
        rules,
        ...(await parts.providerChanges()),
        ...(parts.listed ? { listed: parts.listed() } : {}),
      },
      localModels: await localModels(),
      chosenFiles: await Promise.all((parts.chosenFiles?.() ?? []).map(chosenFile)),
      engineContext: parts.engineContext?.() ?? null,
      version,
    })
  }

  /** GGUF files of the models folder; one that cannot be used (or is not complete yet) is left out, and the log says so once. */
  async function localModels(): Promise<LocalModel[]> {
    const found: LocalModel[] = []
    const starter = parts.starter()
    for (const name of modelFilesIn(parts.modelsFolder)) {
      const file = join(parts.modelsFolder, name)
      if (file === starter?.file) continue
      try {
        found.push({ name: modelNameOf(name), file, context: await contextOf(file), isStarter: false, disabled: null })
        leftOut.delete(file)
      } catch (error) {
        const { message } = error as Error
        if (leftOut.get(file) !== message) bus.emit({ type: 'log', level: 'warn', message: `${name} in the models folder is left out: ${message}` })
        leftOut.set(file, message)
      }
    }
    if (starter) found.push({ ...starter, isStarter: true })
    return found
  }

  /** One that went, or changed for the worse, stays listed with the reason. */
  async function chosenFile(file: string): Promise<LocalModel> {
    const common = { name: file, file, isStarter: false }
    if (statSync(file, { throwIfNoEntry: false }) === undefined) return { ...common, context: null, disabled: `${file} is not there` }
    return contextOf(file).then(
      (context) => ({ ...common, context, disabled: null }),
      (error: Error) => ({ ...common, context: null, disabled: error.message }),
    )
  }

  /** Trained context of a model file. A file is read again when it changed. Throws where it is no model. */
  async function contextOf(file: string): Promise<number | null> {
    const { size, mtimeMs } = statSync(file)
    const stamp = `${size} ${mtimeMs}`
    const known = inspected.get(file)
    if (known?.stamp === stamp) return known.context
    const { contextLength } = await parts.inspectModel(file)
    inspected.set(file, { stamp, context: contextLength })
    return contextLength
  }

  function refused(error: unknown): void {
    if (!(error instanceof ConfigurationError)) throw error
    problem = { file: error.file, line: error.line, message: error.message }
    bus.emit({ type: 'config-refused', ...problem })
  }

  let current: Catalog
  try {
    current = await load(parts.folder, ++version)
  } catch (error) {
    refused(error)
    current = await load(join(parts.dataFolder, 'no-configuration'), ++version)
  }
  const atStart = current.settings

  return {
    current: () => current,
    problem: () => problem,
    reload(by) {
      const run = async () => {
        try {
          current = withRestartWarnings(await load(parts.folder, ++version), atStart)
        } catch (error) {
          refused(error)
          throw error
        }
        problem = null
        bus.emit({
          type: 'config-applied',
          version: current.version,
          files: current.files,
          warnings: current.warnings.map(({ file, line, message }) => `${file}:${line ?? 1}: ${message} (${by})`),
        })
        for (const listener of listeners) listener(current)
      }
      const done = queue.then(run, run)
      queue = done.catch(() => {})
      return done
    },
    trial: (rules) => load(parts.folder, version, rules),
    settled: () => queue,
    onChange: (listener) => void listeners.push(listener),
  }
}

const readAtStart: ReadonlySet<string> = new Set(['engine.isolation', 'engine.slots', 'engine.threads'])

/** Some settings the engine reads only when the router starts: one that is another now is named until then. */
function withRestartWarnings(catalog: Catalog, atStart: Catalog['settings']): Catalog {
  const changed = catalog.settings.flatMap((setting): ConfigWarning[] => {
    const before = atStart.find(({ path }) => path === setting.path)
    if (!before || !readAtStart.has(setting.path) || before.value === setting.value) return []
    const isRemoved = setting.source === 'default' // then the place is where it stood
    const [file = '', line] = (isRemoved ? before : setting).source.split(':')
    return [{ file, line: isRemoved || line === undefined ? null : Number(line), message: `${setting.path}: in force after a restart` }]
  })
  return changed.length === 0 ? catalog : { ...catalog, warnings: [...catalog.warnings, ...changed] }
}
