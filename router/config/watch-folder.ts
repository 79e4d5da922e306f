/** Watches the files of one folder. Invariants: the last change is always told, and never more than one a second (fault list, c66). */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, join, resolve as resolvePath } from 'node:path'
import { type FSWatcher, watch } from 'chokidar'
import type { Clock, Timer } from '../core/clock.ts'

export interface FolderWatchParts {
  /** Need not exist: it is looked for until it does. */
  readonly folder: string
  /** Files by name; what happens to others is not told. */
  readonly isWatched: (name: string) => boolean
  /** Files are written in several steps: a change is told when the folder has been quiet for this long, or when it has waited `longestWaitMs`. */
  readonly quietMs: number
  readonly longestWaitMs: number
  readonly onChange: () => void
  readonly clock: Clock
}

const leastIntervalMs = 1000
/** How often a folder that is not there is looked for, and how often one that is watched is looked at: not every file system tells. */
const lookMs = { absent: 1000, watched: 5000 } as const

/** Resolves when the folder is being watched. `close` stops it; no call follows. */
export async function watchFolder(parts: FolderWatchParts): Promise<{ close(): Promise<void> }> {
  const { isWatched, quietMs, longestWaitMs, onChange, clock } = parts
  const folder = resolvePath(parts.folder)
  let stamp = stampOf(folder, isWatched)
  let timer: Timer | null = null
  let waitingSince: number | null = null
  let appliedAt = Number.NEGATIVE_INFINITY
  let isClosed = false

  function changed(): void {
    if (isClosed) return
    const now = clock.monotonic()
    waitingSince ??= now
    timer?.cancel()
    const quietAt = Math.min(now + quietMs, waitingSince + longestWaitMs)
    timer = clock.after(Math.max(0, Math.max(quietAt, appliedAt + leastIntervalMs) - now), apply)
  }

  function apply(): void {
    timer = null
    waitingSince = null
    if (isClosed) return
    appliedAt = clock.monotonic()
    stamp = stampOf(folder, isWatched)
    onChange()
  }

  let watcher: FSWatcher | null = null
  let look: Timer | null = null

  async function follow(): Promise<void> {
    const started = startWatcher(folder, isWatched)
    watcher = started
    started.on('all', (event, path) => {
      changed()
      // Its watcher follows nothing any more, even if a new folder has its name by now.
      if (event === 'unlinkDir' && path === folder && watcher === started) {
        watcher = null
        void started.close()
        lookLater()
      }
    })
    // A file that vanished between two steps of the watcher is no fault; its event follows.
    started.on('error', changed)
    await new Promise<void>((resolve) => started.once('ready', resolve))
  }

  function lookLater(): void {
    look?.cancel()
    look = clock.after(watcher === null ? lookMs.absent : lookMs.watched, () => {
      if (isClosed) return
      if (stampOf(folder, isWatched) !== stamp) changed()
      if (watcher === null && existsSync(folder)) void follow()
      lookLater()
    })
  }

  if (existsSync(folder)) await follow()
  lookLater()
  return {
    async close() {
      isClosed = true
      timer?.cancel()
      look?.cancel()
      await watcher?.close()
    },
  }
}

/** Changes whenever a watched file does, links followed. */
function stampOf(folder: string, isWatched: FolderWatchParts['isWatched']): string {
  try {
    return readdirSync(folder)
      .filter(isWatched)
      .map((name) => {
        const stat = statSync(join(folder, name), { throwIfNoEntry: false })
        return `${name} ${stat?.ino} ${stat?.size} ${stat?.mtimeMs}`
      })
      .sort()
      .join('\n')
  } catch {
    return 'not there'
  }
}

function startWatcher(folder: string, isWatched: FolderWatchParts['isWatched']): FSWatcher {
  return watch(folder, {
    depth: 0,
    ignoreInitial: true,
    ignored: (path) => path !== folder && !isWatched(basename(path)),
  })
}
