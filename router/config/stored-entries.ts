/** What the panel, the tray and the command line added, as the registry hands it in. */
import type { Budget, ListedAtProvider } from '../core/catalog.ts'
import type { StoredRules } from '../core/rules.ts'
import type { Secret } from '../core/secret.ts'

export interface StoredEntries {
  /** `entry` is the JSON that a YAML file would hold; variables are not replaced in it (security page, e37), and it holds no credential. */
  readonly providers: readonly { readonly name: string; readonly entry: unknown }[]
  readonly models: readonly { readonly name: string; readonly entry: unknown }[]
  readonly deployments: readonly { readonly name: string; readonly model: string; readonly entry: unknown }[]
  /** By path, e.g. `require_key` or `engine.slots`. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly rules: StoredRules
  /** Credentials that were pasted in the panel, by provider name, each good for one origin. */
  readonly credentials: ReadonlyMap<string, StoredCredential>
  /** Providers whose pasted key lies where it cannot be read here (`headgate check`): it counts as there. */
  readonly keysElsewhere?: ReadonlySet<string>
  /** Providers that were switched off in the panel although a file sets them. */
  readonly switchedOff: ReadonlySet<string>
  /** What providers say they have, by name, as far as a rule needed to know; left out = nobody asked. */
  readonly listed?: ReadonlyMap<string, readonly ListedAtProvider[]>
  /** Budgets that the panel set above the files, by provider name. */
  readonly budgets: ReadonlyMap<string, Budget>
}

/** A credential goes to the origin that it was saved for, and nowhere else (security page, e64). */
export interface StoredCredential {
  readonly origin: string
  readonly secret: Secret
}

export const noStoredEntries: StoredEntries = {
  providers: [],
  models: [],
  deployments: [],
  settings: {},
  rules: {},
  credentials: new Map(),
  switchedOff: new Set(),
  budgets: new Map(),
}

/** What the panel set of providers, whoever wrote their entry. */
export function changesOfProviders(
  changes: Readonly<Record<string, { readonly off?: boolean; readonly budget?: Budget }>>,
): Pick<StoredEntries, 'switchedOff' | 'budgets'> {
  const entries = Object.entries(changes)
  return {
    switchedOff: new Set(entries.flatMap(([name, { off }]) => (off ? [name] : []))),
    budgets: new Map(entries.flatMap(([name, { budget }]) => (budget ? [[name, budget] as const] : []))),
  }
}

/** A GGUF file that was found in the models folder, the starter model included. */
export interface LocalModel {
  readonly name: string
  /** Absolute path. */
  readonly file: string
  /** Context in tokens that the file says it was trained for; null = not known. */
  readonly context: number | null
  readonly isStarter: boolean
  /** Why it cannot be served yet, in words (it is on its way); null = it is there. */
  readonly disabled?: string | null
}
