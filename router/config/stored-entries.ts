/** What the panel, the tray and the command line added, as the registry hands it in. */
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
