/** The fallbacks of models: names that nobody has, and circles. It warns, it never refuses: model files come and go. */
import type { Catalog, ConfigWarning } from '../core/catalog.ts'
import { nearNames } from '../policy/near-names.ts'
import { hintOf, quote } from './configuration-error.ts'
import type { FileSettings, SetValue } from './file-settings.ts'
import type { Path } from './yaml-text.ts'

/** A fallback as it is written. */
interface Written {
  /** Of this model. */
  readonly of: string
  readonly name: string
  readonly file: string
  readonly line: number | null
}

export function fallbackWarnings(files: FileSettings, catalog: Catalog): ConfigWarning[] {
  const groups = files.get('router_settings')?.value.model_group_alias ?? {}
  const written = writtenFallbacks(files, catalog)
  return [
    ...written
      .filter(({ name }) => !catalog.modelsByName.has(name) && !Object.hasOwn(groups, name))
      .map(({ name, file, line }) => ({ file, line, message: noModel(name, catalog) })),
    ...circles(written, groups, catalog),
  ]
}

/** `there is no model "x"`, with what was probably meant. A name with a place after it is no name of a model. */
export function noModel(name: string, { modelsByName, providers }: Pick<Catalog, 'modelsByName' | 'providers'>): string {
  const [, base = '', place = ''] = /^(.+)@([^@]+)$/.exec(name) ?? []
  if (place === 'local' || place === 'remote' || providers.has(place))
    return `there is no model ${quote(name)}, and a place is not taken here${modelsByName.has(base) ? `; did you mean ${quote(base)}?` : ''}`
  return `there is no model ${quote(name)}; ${hintOf(nearNames(name, modelsByName.keys(), 3), modelsByName.keys())}`
}

function writtenFallbacks(files: FileSettings, { models, modelsByName }: Catalog): Written[] {
  const at = ({ file, line }: SetValue<unknown>, path: Path, of: string, names: readonly string[]): Written[] =>
    names.map((name, position) => ({ of: modelsByName.get(of)?.name ?? of, name, file, line: line([...path, position]) }))
  const listed = files.get('models')
  const router = files.get('router_settings')
  return [
    ...(listed?.value ?? []).flatMap(({ name, fallbacks }, index) => (listed ? at(listed, [index, 'fallbacks'], name, fallbacks) : [])),
    ...(router?.value.fallbacks ?? []).flatMap((entry, index) =>
      fallbackPairs(entry).flatMap(({ of, names, key }) => (router ? at(router, ['fallbacks', index, key], of, names) : [])),
    ),
    ...models.flatMap(({ name: of, fallbacks, source }) =>
      source === 'panel' ? fallbacks.map((name) => ({ of, name, file: 'panel', line: null })) : [],
    ),
  ]
}

type Entry = { readonly model: string; readonly fallback_models: readonly string[] } | Readonly<Record<string, readonly string[]>>

/** An entry of `router_settings.fallbacks` in the seed's form or LiteLLM's, with the key that its list stands under. */
export function fallbackPairs(entry: Entry): { readonly of: string; readonly names: readonly string[]; readonly key: string }[] {
  if (isSeedForm(entry)) return [{ of: entry.model, names: entry.fallback_models, key: 'fallback_models' }]
  return Object.entries(entry).map(([of, names]) => ({ of, names, key: of }))
}

function isSeedForm(entry: Entry): entry is { readonly model: string; readonly fallback_models: readonly string[] } {
  return 'fallback_models' in entry && typeof entry['model'] === 'string'
}

interface Link {
  readonly to: string
  readonly written: Written
}

/** Every way back to a model that is being followed, once, at the line that closes it. */
function circles(written: readonly Written[], groups: Readonly<Record<string, readonly string[]>>, catalog: Catalog): ConfigWarning[] {
  const links = new Map<string, Link[]>()
  for (const each of written) {
    const names = catalog.modelsByName.has(each.name) ? [each.name] : (groups[each.name] ?? [])
    // What `router_settings` says of a model that names its own is not in force.
    const inForce = catalog.modelsByName.get(each.of)?.fallbacks ?? []
    for (const name of names) {
      const to = catalog.modelsByName.get(name)?.name
      if (to !== undefined && (inForce.includes(name) || inForce.includes(each.name)))
        links.set(each.of, [...(links.get(each.of) ?? []), { to, written: each }])
    }
  }
  const found: ConfigWarning[] = []
  const done = new Set<string>()
  for (const start of links.keys()) {
    const way: { readonly name: string; next: number }[] = done.has(start) ? [] : [{ name: start, next: 0 }]
    while (way.length > 0) {
      const here = way.at(-1) as (typeof way)[number]
      const link = links.get(here.name)?.[here.next++]
      if (link === undefined) {
        done.add(here.name)
        way.pop()
        continue
      }
      const begin = way.findIndex(({ name }) => name === link.to)
      if (begin !== -1) {
        const names = [...way.slice(begin).map(({ name }) => name), link.to]
        found.push({ file: link.written.file, line: link.written.line, message: `fallbacks go in a circle: ${names.join(' → ')}` })
      } else if (!done.has(link.to)) way.push({ name: link.to, next: 0 })
    }
  }
  return found
}
