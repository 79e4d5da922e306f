/** What an import has gathered: providers, models and settings in our own form, and a note for everything that was mapped, changed or left out. No note holds a value of a credential. */
import { findProvider } from '../../providers/index.ts'
import { checkBaseUrl } from '../base-url.ts'
import { quote } from '../configuration-error.ts'
import type { Cursor } from './cursor.ts'

/** What is left to read of a file once the models of all files are there: the first step of every file, then the second, and so on. */
export type LaterSteps = readonly (() => void)[]

export interface Note {
  readonly kind: 'mapped' | 'changed' | 'left out'
  readonly file: string
  readonly line: number
  readonly text: string
}

export interface DeploymentDraft {
  readonly provider: string
  readonly model?: string
  readonly lane?: 'local' | 'remote'
  readonly weight?: number
  readonly priority?: number
  readonly context?: number
  readonly price?: { readonly input: number; readonly output: number; readonly cached_input?: number }
  readonly features?: readonly string[]
  readonly timeout?: number
  readonly max_in_flight?: number
}

export interface ModelDraft {
  readonly name: string
  description: string | null
  /** Parameters, `70B`. */
  size: string | null
  readonly aliases: string[]
  readonly fallbacks: string[]
  readonly deployments: DeploymentDraft[]
}

/** An endpoint as a foreign file writes it; texts may hold `${VAR}`. */
export interface EndpointDraft {
  /** What it is called unless that is taken. */
  readonly name: string
  readonly kind: string
  /** Null = the kind's own. */
  readonly baseUrl: string | null
  /** Null = none written: the kind's own variable counts. */
  readonly apiKey: string | null
}

export interface PatternDraft {
  readonly pattern: string
  readonly provider: string
  readonly model?: string
}

/** Shorter ones (`none`, `ollama`) stand where no key is needed. */
const SHORTEST_KEY = 8

/** A key and no variable that holds one. */
export const isKeyItself = (text: string) => text.length >= SHORTEST_KEY && !text.includes('${')

export class Draft {
  readonly providers = new Map<string, EndpointDraft>()
  readonly models = new Map<string, ModelDraft>()
  readonly patterns: PatternDraft[] = []
  /** Every other top-level key. */
  readonly settings = new Map<string, unknown>()
  readonly notes: Note[] = []
  /** Who set a field: its foreign name and place. */
  private readonly owners = new Map<string, string>()
  /** Built-in providers that deployments use as they are: no entry may take such a name. */
  private readonly builtIn = new Set<string>()

  mapped(at: Cursor, text: string): void {
    this.note('mapped', at, text)
  }
  changed(at: Cursor, text: string): void {
    this.note('changed', at, text)
  }
  leftOut(at: Cursor, text: string): void {
    this.note('left out', at, text)
  }

  model(name: string): ModelDraft {
    let model = this.models.get(name)
    if (!model) this.models.set(name, (model = { name, description: null, size: null, aliases: [], fallbacks: [], deployments: [] }))
    return model
  }

  /** The name of the provider for an endpoint, made where there is none like it; null (and a note) where its address cannot be used. */
  provider(endpoint: EndpointDraft, at: Cursor): string | null {
    const { name: wanted, kind, baseUrl, apiKey } = endpoint
    const known = findProvider(kind)
    const checked = baseUrl === null || baseUrl.includes('${') ? null : checkBaseUrl(baseUrl)
    if (checked && 'problem' in checked) {
      this.leftOut(at, `its address: ${checked.problem}`)
      return null
    }
    if (baseUrl === null && known?.defaultBaseUrl == null) {
      this.leftOut(at, `it has no base_url, and kind ${kind} has none of its own`)
      return null
    }
    if (apiKey !== null && isKeyItself(apiKey)) this.changed(at, 'the file holds the key itself; a variable, with its value in .env, is better')
    // What is built in needs no entry: with one, its default model would be offered too.
    const isUsualUrl = baseUrl === null || (checked !== null && checked.baseUrl === known?.defaultBaseUrl)
    const isUsualKey = apiKey === null || (known?.keyVariable != null && apiKey === `\${${known.keyVariable}}`)
    if (isUsualUrl && isUsualKey && known?.defaultBaseUrl != null && !this.providers.has(kind)) {
      this.builtIn.add(kind)
      return kind
    }
    for (let count = 1; ; count++) {
      const name = count === 1 ? wanted : `${wanted}-${count}`
      if (this.builtIn.has(name)) continue
      const other = this.providers.get(name)
      if (!other) this.providers.set(name, endpoint)
      if (!other || (other.kind === kind && other.baseUrl === baseUrl && other.apiKey === apiKey)) return name
    }
  }

  /** Sets a top-level key, or keeps what an earlier file has set, with a note. */
  set(key: string, value: unknown, at: Cursor): void {
    if (!this.settings.has(key)) this.settings.set(key, value)
    else if (JSON.stringify(this.settings.get(key)) !== JSON.stringify(value)) this.leftOut(at, `${key} is set already; the first one counts`)
  }

  /** Sets a field of a map at the top level. False where it is set already: a note says which value is in force. */
  field([key, field]: readonly [key: string, field: string], value: unknown, at: Cursor, name: string): boolean {
    const map = (this.settings.get(key) ?? {}) as Readonly<Record<string, unknown>>
    const path = `${key}.${field}`
    if (!Object.hasOwn(map, field)) {
      this.settings.set(key, { ...map, [field]: value })
      this.owners.set(path, `${name} (${at.file}:${at.line})`)
      return true
    }
    const inForce = `${this.owners.get(path) ?? path}: ${String(map[field])} is in force`
    this.leftOut(at, map[field] === value ? `${name}: ${inForce}, which says the same` : `${name}: ${String(value)} does not count, ${inForce}`)
    return false
  }

  /** An alias, unless its name is taken. */
  alias(name: string, model: ModelDraft, at: Cursor): void {
    if (name === model.name || model.aliases.includes(name)) return
    const other = this.models.get(name) ?? [...this.models.values()].find(({ aliases }) => aliases.includes(name))
    if (other) {
      this.leftOut(at, `alias ${quote(name)} of ${model.name}: the name is that of ${other.name} already`)
      return
    }
    model.aliases.push(name)
  }

  private note(kind: Note['kind'], { file, line }: Cursor, text: string): void {
    this.notes.push({ kind, file, line, text })
  }
}
