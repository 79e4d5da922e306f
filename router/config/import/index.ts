/** Door of the import: files of LiteLLM and HybridInference become one file in our own form, and a note for everything in them. Pure: texts in, text out; whether it loads is for the caller to see. */
import { stringify } from 'yaml'
import { findProvider } from '../../providers/index.ts'
import { ConfigurationError } from '../configuration-error.ts'
import { topLevelKeys } from '../schema/index.ts'
import { explainingKeys } from '../schema/known-map.ts'
import { parseYamlText } from '../yaml-text.ts'
import { type Cursor, cursorOf, entriesOf, isMap } from './cursor.ts'
import { importDeploymentExample, isDeploymentExample } from './deployment-example.ts'
import { Draft, isKeyItself, type LaterSteps, type ModelDraft, type Note } from './draft.ts'
import { importHybridModels, isHybridInference } from './hybrid-inference.ts'
import { importLitellm, litellmSections } from './litellm.ts'

export type { Note } from './draft.ts'

export interface ForeignFile {
  /** As it is shown. */
  readonly name: string
  readonly text: string
}

export interface Imported {
  /** The new file. */
  readonly text: string
  /** The same with `[secret]` for every key that stands in it. */
  readonly shown: string
  readonly holdsKey: boolean
  /** In the order of files and lines. */
  readonly notes: readonly Note[]
  /** What each file was taken for. */
  readonly forms: readonly { readonly file: string; readonly form: string }[]
}

/** Several files become one, as they would be one configuration there. Throws a `ConfigurationError` with file and line for what is none of the known forms. */
export function importConfiguration(files: readonly ForeignFile[]): Imported {
  const draft = new Draft()
  const read = files.map(({ name, text }) => ({ file: name, ...importFile(cursorOf(parseYamlText(name, text, (scalar) => scalar)), draft) }))
  const rounds = Math.max(0, ...read.map(({ later }) => later.length))
  for (let round = 0; round < rounds; round++) for (const { later } of read) later[round]?.()
  const forms = read.map(({ file, form }) => ({ file, form }))
  const configuration = assemble(draft)
  const masked = withoutKeys(configuration)
  const head = `# Imported by \`headgate import\`: ${forms.map(({ file, form }) => `${file.replaceAll(/[^\x20-\x7e]/g, '?')} (${form})`).join(', ')}\n`
  const write = (value: unknown) => `${head}${stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })}`
  const order = new Map(files.map(({ name }, index) => [name, index]))
  return {
    text: write(configuration),
    shown: write(masked.value),
    holdsKey: masked.count > 0,
    notes: draft.notes.toSorted((a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || a.line - b.line),
    forms,
  }
}

interface ReadFile {
  readonly form: string
  readonly later: LaterSteps
}

function importFile(root: Cursor, draft: Draft): ReadFile {
  const keys = Object.keys(root.value as object)
  if (isHybridInference(root.at('models').value)) {
    const later = importHybridModels(root.at('models'), draft)
    keepKnown(root, ['models'], draft)
    return { form: 'HybridInference models', later }
  }
  if (isDeploymentExample(root.value as Record<string, unknown>)) {
    importDeploymentExample(root, draft)
    return { form: 'HybridInference, the deprecated deployment file', later: [] }
  }
  if (keys.some((key) => litellmSections.includes(key))) {
    const later = importLitellm(root, draft)
    keepKnown(root, litellmSections, draft)
    return { form: 'LiteLLM', later }
  }
  if (keys.every((key) => topLevelKeys.includes(key) || explainingKeys.has(key))) {
    if (keys.includes('models') || keys.includes('providers'))
      throw new ConfigurationError(root.file, root.line, 'this is Headgate’s own form already: copy it into the configuration folder')
    keepKnown(root, [], draft)
    return { form: 'routing rules, which load as they stand', later: [] }
  }
  throw new ConfigurationError(
    root.file,
    root.line,
    'this is no configuration of LiteLLM (model_list, router_settings, litellm_settings, general_settings) or HybridInference (models with an id, routing.yaml, deployments)',
  )
}

/** What stands beside it and is a key of ours stays as it is written; the rest is left out. */
function keepKnown(root: Cursor, read: readonly string[], draft: Draft): void {
  for (const [key, at] of entriesOf(root)) {
    if (read.includes(key) || explainingKeys.has(key)) continue
    if (key === 'include') draft.leftOut(at, 'include: name those files too')
    else if (!topLevelKeys.includes(key) || key === 'models' || key === 'providers') draft.leftOut(at, `${key}: no key that is known here`)
    else {
      draft.set(key, at.value, at)
      draft.mapped(at, `${key} as it stands`)
    }
  }
}

function assemble({ providers, models, patterns, settings }: Draft): Record<string, unknown> {
  const { patterns: written, ...rest } = Object.fromEntries(settings) as Record<string, unknown> & { patterns?: unknown[] }
  const rules = [...(written ?? []), ...patterns]
  return {
    ...(providers.size === 0
      ? {}
      : {
          providers: [...providers].map(([name, { kind, baseUrl, apiKey }]) => ({
            name,
            ...(kind === name ? {} : { kind }),
            ...(baseUrl === null ? {} : { base_url: baseUrl }),
            ...(apiKey === null ? {} : { api_key: apiKey }),
            // Only what the files name is offered: an entry would bring the built-in default model along.
            ...([kind, name].some((each) => findProvider(each)?.defaultModel != null) ? { default_model: null } : {}),
          })),
        }),
    ...(models.size === 0 ? {} : { models: [...models.values()].map(modelOf) }),
    ...(rules.length === 0 ? {} : { patterns: rules }),
    ...rest,
  }
}

function modelOf({ name, description, size, aliases, fallbacks, deployments }: ModelDraft): Record<string, unknown> {
  return {
    name,
    ...(description === null || description === name ? {} : { description }),
    ...(size === null ? {} : { size }),
    ...(aliases.length === 0 ? {} : { aliases }),
    ...(fallbacks.length === 0 ? {} : { fallbacks }),
    deployments,
  }
}

function withoutKeys(value: unknown): { readonly value: unknown; readonly count: number } {
  let count = 0
  const walk = (each: unknown): unknown => {
    if (Array.isArray(each)) return each.map(walk)
    if (!isMap(each)) return each
    return Object.fromEntries(
      Object.entries(each).map(([key, inner]) => {
        const isKey = key === 'api_key' && typeof inner === 'string' && isKeyItself(inner)
        if (!isKey) return [key, walk(inner)]
        count++
        return [key, '[secret]']
      }),
    )
  }
  return { value: walk(value), count }
}
