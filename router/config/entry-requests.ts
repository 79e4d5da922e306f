/** Turns what files and the panel write into requests for providers and models. A broken row of the panel is left out with a warning; a broken file is an error. */
import type { ConfigWarning } from '../core/catalog.ts'
import type { Source } from '../core/deployment.ts'
import { checkBaseUrl } from './base-url.ts'
import { ConfigurationError, quote } from './configuration-error.ts'
import type { DeploymentRequest } from './deployment-entry.ts'
import { describeIssue, type FileSettings, type SetValue } from './file-settings.ts'
import type { ModelRequest } from './model-entries.ts'
import { type ConfiguredProvider, configureProvider, type ProviderRequest } from './provider-entries.ts'
import { deploymentEntry, modelEntry, type ProviderInput, providerEntry, type SeedDeploymentInput } from './schema/entries.ts'
import type { StoredEntries } from './stored-entries.ts'
import { UnsetVariable } from './variables.ts'
import type { Path } from './yaml-text.ts'

type Shared = Omit<ProviderRequest, 'input' | 'source' | 'fail' | 'warn'>
type Warn = (warning: ConfigWarning) => void

/** The providers of `providers:`, in order. */
export function providersOfFiles(files: FileSettings, shared: Shared, warn: Warn): ConfiguredProvider[] {
  const set = files.get('providers')
  const seen = new Map<string, Source>()
  return (set?.value ?? []).map((input, index) => {
    const source = set?.source([index]) ?? ''
    const fail = failAt(set, [index])
    const other = seen.get(input.name)
    if (other !== undefined) fail('name', `the provider ${quote(input.name)} is already set at ${other}`)
    seen.set(input.name, source)
    return configureProvider({ ...shared, input, source, fail, warn: warnAt(set, [index], warn) })
  })
}

/** The providers that the panel added, without those that a file sets. */
export function providersOfPanel(rows: StoredEntries, taken: ReadonlySet<string>, shared: Shared, warn: Warn): ConfiguredProvider[] {
  return rows.providers.flatMap((row) => {
    if (taken.has(row.name)) return left(warn, `provider ${quote(row.name)}`, 'a file sets it')
    return attempt(warn, `provider ${quote(row.name)}`, () => {
      const input = parse(providerEntry, { ...asMap(row.entry), name: row.name }, 'provider')
      const warnRow = (message: string) => warn({ file: 'panel', line: null, message })
      return configureProvider({ ...shared, input, source: 'panel', fail: failRow, warn: warnRow })
    })
  })
}

/** The models of `models:`. */
export function modelsOfFiles(files: FileSettings, warn: Warn): ModelRequest[] {
  const set = files.get('models')
  return (set?.value ?? []).map(({ deployments, ...input }, index) => ({
    input,
    source: set?.source([index]) ?? '',
    merges: false,
    warn: warnAt(set, [index, 'strategy'], warn),
    fail: failAt(set, [index]),
    deployments: deployments.map((deployment, position) => {
      const path = [index, 'deployments', position]
      return { input: deployment, source: set?.source(path) ?? '', fail: failAt(set, path) }
    }),
  }))
}

/** Models and providers of `local_deployment` and `remote_deployment` (seed 000): an entry is named after host and port, and called what its list says. */
export function seedLists(
  files: FileSettings,
  shared: Shared,
  warn: Warn,
): { readonly providers: ConfiguredProvider[]; readonly models: ModelRequest[] } {
  const providers: ConfiguredProvider[] = []
  const models: ModelRequest[] = []
  for (const [key, lane] of [
    ['local_deployment', 'local'],
    ['remote_deployment', 'remote'],
  ] as const) {
    const set = files.get(key)
    for (const [index, entry] of (set?.value ?? []).entries()) {
      const source = set?.source([index]) ?? ''
      const input: ProviderInput = {
        name: entry.name ?? seedName(entry),
        kind: entry.kind,
        base_url: entry.endpoint,
        api_key: entry.api_key,
        max_in_flight: entry.max_in_flight,
      }
      const fail = failAt(set, [index])
      const failProvider = (part: keyof ProviderInput, message: string) => fail(part === 'base_url' ? 'endpoint' : part, message)
      const provider = configureProvider({ ...shared, input, source, fail: failProvider, warn: warnAt(set, [index], warn) })
      providers.push(provider)
      for (const [position, model] of entry.models.entries()) {
        const path = [index, 'models', position]
        const deployment: DeploymentRequest = {
          input: { provider: input.name, lane, weight: entry.weight },
          source: set?.source(path) ?? '',
          provider,
          fail: failAt(set, path),
        }
        models.push({
          input: { name: model, aliases: [], fallbacks: [] },
          source: set?.source(path) ?? '',
          merges: true,
          warn: () => {},
          fail: failAt(set, path),
          deployments: [deployment],
        })
      }
    }
  }
  return { providers, models }
}

/** Models and deployments that the panel added, without those that a file sets. `build` is asked row by row, so that a broken one harms no other. */
export function modelsOfPanel(rows: StoredEntries, ofFiles: ReadonlySet<string>, warn: Warn): ModelRequest[] {
  const models = rows.models.flatMap((row): ModelRequest[] => {
    const what = `model ${quote(row.name)}`
    if (ofFiles.has(row.name)) return left(warn, what, 'a file sets it')
    return attempt(warn, what, () => {
      const { deployments, ...input } = parse(modelEntry, { ...asMap(row.entry), name: row.name }, 'model')
      return {
        input,
        source: 'panel',
        merges: false,
        warn: () => {},
        fail: failRow,
        deployments: deployments.map((each) => ({ input: each, source: 'panel', fail: failRow })),
      }
    })
  })
  const deployments = rows.deployments.flatMap((row): ModelRequest[] => {
    const what = `deployment ${quote(row.name)}`
    if (ofFiles.has(row.model)) return left(warn, what, `a file sets the model ${quote(row.model)}`)
    return attempt(warn, what, () => {
      const input = parse(deploymentEntry, { ...asMap(row.entry), name: row.name }, 'deployment')
      const request: DeploymentRequest = { input, source: 'panel', fail: failRow }
      return {
        input: { name: row.model, aliases: [], fallbacks: [] },
        source: 'panel',
        merges: true,
        warn: () => {},
        fail: failRow,
        deployments: [request],
      }
    })
  })
  return [...models, ...deployments]
}

/** `localhost:8000`; for an entry whose variable is not set, the name of that variable. */
function seedName(entry: SeedDeploymentInput): string {
  if (entry.endpoint instanceof UnsetVariable) return entry.endpoint.name
  const checked = checkBaseUrl(entry.endpoint)
  return 'problem' in checked ? 'endpoint' : checked.hostAndPort
}

function failAt(set: SetValue<unknown> | null, path: Path): (key: string, message: string) => never {
  return (key, message) => {
    // A key that is not written has no line of its own; then its entry has.
    throw new ConfigurationError(set?.file ?? '', set?.line([...path, key]) ?? null, message)
  }
}

function warnAt(set: SetValue<unknown> | null, path: Path, warn: Warn): (message: string) => void {
  return (message) => warn({ file: set?.file ?? '', line: set?.line(path) ?? null, message })
}

function failRow(key: string, message: string): never {
  throw new ConfigurationError('panel', null, `${key}: ${message}`)
}

function left(warn: Warn, what: string, why: string): [] {
  warn({ file: 'panel', line: null, message: `${what} of the panel is not used: ${why}` })
  return []
}

function attempt<Built>(warn: Warn, what: string, build: () => Built): Built[] {
  try {
    return [build()]
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    return left(warn, what, error.message)
  }
}

function asMap(entry: unknown): Record<string, unknown> {
  return typeof entry === 'object' && entry !== null && !Array.isArray(entry) ? (entry as Record<string, unknown>) : {}
}

function parse<Output>(schema: { safeParse(value: unknown): SafeParse<Output> }, value: unknown, root: string): Output {
  const result = schema.safeParse(value)
  if (result.success) return result.data as Output
  const issue = result.error?.issues[0]
  throw new ConfigurationError('panel', null, issue ? describeIssue(issue, root) : `the ${root} is not valid`)
}

interface SafeParse<Output> {
  readonly success: boolean
  readonly data?: Output
  readonly error?: { readonly issues: Parameters<typeof describeIssue>[0][] }
}
