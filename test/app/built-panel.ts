/** Builds the panel once for all browser tests: they run in several processes at the same time, and two builds would empty each other's folder. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { buildPanelIfStale } from '../../router/cli/build-panel.ts'

const lock = join(tmpdir(), `headgate-panel-build-${process.getuid?.() ?? 0}.lock`)
const lookAgainMs = 100

/** Resolves when the panel in `dist/renderer` is as new as its sources. Throws with Vite's first line. */
export const builtPanel = (): Promise<void> =>
  alone(async () => {
    const problem = await buildPanelIfStale()
    if (problem !== null) throw new Error(problem)
  })

/** Runs a build while no other test process runs one. */
export async function alone(build: () => Promise<void>): Promise<void> {
  while (!takeLock()) await pause(lookAgainMs)
  try {
    await build()
  } finally {
    rmSync(lock, { force: true })
  }
}

/** The file holds the builder's process id; one whose process is gone counts for nothing. */
function takeLock(): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch {
    if (!isHolderAlive()) rmSync(lock, { force: true })
    return false
  }
}

function isHolderAlive(): boolean {
  try {
    return process.kill(Number(readFileSync(lock, 'utf8')), 0)
  } catch (error) {
    // Gone between two looks: the next one takes the lock. EPERM: alive, someone else's.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
