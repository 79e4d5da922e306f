/** How long each local model may be idle: what a person set per file, kept over restarts and told to the engine. 0 = it stays loaded. */
import type { SettingsStore } from '../registry/index.ts'

export interface IdleUnload {
  /** Seconds; 0 = never unloaded, null = as the settings say. */
  of(file: string): number | null
  set(file: string, seconds: number | null): void
}

export interface IdleUnloadParts {
  readonly settings: SettingsStore
  readonly tellEngine: (file: string, ms: number | null) => void
}

export function createIdleUnload({ settings, tellEngine }: IdleUnloadParts): IdleUnload {
  const kept = () => settings.get('idleUnloadS')
  for (const [file, seconds] of Object.entries(kept())) tellEngine(file, seconds * 1000)
  return {
    of: (file) => kept()[file] ?? null,
    set(file, seconds) {
      const { [file]: _before, ...others } = kept()
      settings.set('idleUnloadS', seconds === null ? others : { ...others, [file]: seconds })
      tellEngine(file, seconds === null ? null : seconds * 1000)
    },
  }
}
