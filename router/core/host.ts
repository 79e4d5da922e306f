/** What the program around the router provides. Headless has a plain one, the app one of Electron's parts, tests one they control. */
import type { Secret } from './secret.ts'

/** A child process that talks in JSON messages. */
export interface Child {
  readonly pid: number | undefined
  send(message: unknown): void
  onMessage(listener: (message: unknown) => void): void
  /** Called once, when the child is gone. `code` is null when a signal ended it. */
  onExit(listener: (code: number | null, signal: string | null) => void): void
  kill(signal?: NodeJS.Signals): void
}

export interface SpawnOptions {
  /** Absolute path of the TypeScript or JavaScript module to run. */
  readonly modulePath: string
  readonly env: Readonly<Record<string, string>>
}

export interface SecretStore {
  get(name: string): Promise<Secret | null>
  set(name: string, secret: Secret): Promise<void>
  remove(name: string): Promise<void>
  /** True when the operating system keeps the secrets (Keychain); false for a file with mode 0600. */
  readonly isProtected: boolean
}

export type PowerSource = 'ac' | 'battery' | 'unknown'
/** How hot the machine is, as its system says; `unknown` where it says nothing. */
export type ThermalState = 'nominal' | 'fair' | 'serious' | 'critical' | 'unknown'

export interface Host {
  readonly name: 'headless' | 'app' | 'test'
  readonly secrets: SecretStore
  spawn(options: SpawnOptions): Child
  power(): PowerSource
  thermal(): ThermalState
  /** Calls back whenever power or heat may be another. Returns the way to stop. */
  onConditions(listener: () => void): () => void
  /** Tells the person around; a no-op where there is nobody to tell. */
  notify(title: string, body: string): void
}
