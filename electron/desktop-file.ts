/** What the app remembers between two runs: the window's bounds and place, the port that was chosen, what was asked once. A file that cannot be read counts as empty. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'

const state = z.object({
  bounds: z.object({ x: z.int(), y: z.int(), width: z.int().positive(), height: z.int().positive() }).optional().catch(undefined),
  /** Fragment of the panel's address: `#/activity`. */
  place: z.string().regex(/^#\//).max(2_000).optional().catch(undefined),
  /** Chosen when the usual port was in use. */
  port: z.int().min(1).max(65_535).optional().catch(undefined),
  /** The window was open once: the first start has been seen. */
  wasShown: z.boolean().optional().catch(undefined),
  wasMoveAsked: z.boolean().optional().catch(undefined),
  wasIconExplained: z.boolean().optional().catch(undefined),
})

export type DesktopState = z.infer<typeof state>

export interface DesktopFile {
  get(): DesktopState
  /** Never throws: what cannot be kept is asked again. */
  set(change: Partial<DesktopState>): void
}

export function openDesktopFile(path: string): DesktopFile {
  let current = readState(path)
  return {
    get: () => current,
    set(change) {
      current = { ...current, ...change }
      try {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
        writeFileSync(`${path}.part`, `${JSON.stringify(current)}\n`, { mode: 0o600 })
        renameSync(`${path}.part`, path)
      } catch {
        // a full disk: this run still knows it
      }
    },
  }
}

function readState(path: string): DesktopState {
  try {
    return state.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return {}
  }
}
