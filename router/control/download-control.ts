/** The queue of model downloads: two at once, in order, over restarts. Invariant: what the queue was told is noted before it begins, and nothing that has come is lost but by a person's word. */
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { type Hub, isSafePath } from '../backends/index.ts'
import type { Clock } from '../core/clock.ts'
import { HeadgateError } from '../core/errors.ts'
import type { RouterEvent } from '../core/events.ts'
import { DownloadProblem, type FetchRange, type Patience } from '../engine/download.ts'
import type { DownloadEntry, DownloadFile, DownloadStore } from '../registry/index.ts'
import { createDownloadRun, entryOf } from './download-run.ts'
import { type DownloadState, type DownloadView, gigabytes, type Job, newJob, troubleOf, viewOf } from './download-view.ts'

export type { DownloadView } from './download-view.ts'

export interface DownloadWish {
  readonly repository: string
  /** Of the file, or of the first part of a split one. */
  readonly path: string
  /** Null = the newest. */
  readonly revision: string | null
}

export interface DownloadControl {
  list(): readonly DownloadView[]
  /** Asks the hub, and puts it into the queue. Throws a sentence; what is in the queue already goes on. */
  add(wish: DownloadWish): Promise<DownloadView>
  /** Throws `not-found`. */
  change(id: string, state: 'paused' | 'queued'): Promise<DownloadView>
  /** Stops it and removes what has come; a finished model stays. Throws `not-found`. */
  remove(id: string): Promise<void>
  /** Goes on with what was under way when the router stopped. */
  start(): Promise<void>
  /** Ends the connections; what has come stays. */
  stop(): Promise<void>
  /** Bytes that can still be written in the models folder. */
  freeBytes(): Promise<number>
}

export interface DownloadControlParts {
  readonly modelsFolder: string
  readonly store: DownloadStore
  readonly hub: Hub
  readonly fetchRange: FetchRange
  readonly clock: Clock
  readonly emit: (event: RouterEvent) => void
  /** Checks a whole model file; throws a sentence where it is none. */
  readonly inspectModel: (file: string) => Promise<unknown>
  /** A model is in its place. */
  readonly onReady: () => Promise<void>
  /** Left out = what the system says. */
  readonly freeBytes?: (folder: string) => Promise<number>
  /** Left out = that of a download that a person waits for. */
  readonly patience?: Patience
}

const AT_ONCE = 2
const REPORT_MS = 250
/** Left for everything else on the disk. */
const SPARE_BYTES = 200 * 1024 * 1024

export function createDownloadControl(parts: DownloadControlParts): DownloadControl {
  const { clock, modelsFolder, store } = parts
  const freeBytes = parts.freeBytes ?? freeOf
  const jobs = new Map<string, Job>()
  let isStopped = false
  const runner = createDownloadRun({ ...parts, needSpace, refuseTaken, settle, keep, report })

  for (const { id, createdAt, entry, state, detail } of store.list()) {
    if (state === 'ready') store.remove(id)
    else if (state !== 'paused' && state !== 'failed') jobs.set(id, newJob(clock, { id, createdAt, entry }))
    else jobs.set(id, { ...newJob(clock, { id, createdAt, entry }), state, detail, problem: state === 'failed' ? 'other' : null })
  }
  for (const job of jobs.values()) job.received = runner.receivedOf(job)

  function keep(job: Job): void {
    if (!jobs.has(job.id)) return
    try {
      store.put(job)
    } catch (error) {
      // A full disk: the queue goes on in memory, and the next change is written.
      parts.emit({ type: 'log', level: 'warn', message: `A download cannot be noted: ${(error as Error).message}` })
    }
  }

  function report(job: Job, isNews: boolean): void {
    const waitMs = isNews ? 0 : job.reportedAt + REPORT_MS - clock.monotonic()
    if (waitMs > 0) {
      job.later ??= clock.after(waitMs, () => report(job, true)) // the last bytes before a silence are told too
      return
    }
    job.later?.cancel()
    job.later = null
    job.reportedAt = clock.monotonic()
    if (jobs.has(job.id)) tell(job, job.state)
  }

  function tell(job: Job, state: DownloadState | 'removed'): void {
    const { id, model, received_bytes, total_bytes, bytes_per_s, stalled, detail } = viewOf(job)
    const figures = { receivedBytes: received_bytes, totalBytes: total_bytes, bytesPerSecond: bytes_per_s, isStalled: stalled }
    parts.emit({ type: 'download-progress', id, model, state, ...figures, detail })
  }

  function settle(job: Job, state: DownloadState, problem: Job['problem'] = null, detail: string | null = null): void {
    const isNews = job.state !== state || job.detail !== detail
    Object.assign(job, { state, problem, detail, isStalled: false })
    if (state !== 'downloading') job.speed.reset()
    if (isNews) keep(job)
    report(job, isNews)
  }

  function pump(): void {
    if (isStopped) return
    const all = [...jobs.values()]
    const room = AT_ONCE - all.filter(({ running }) => running !== null).length
    for (const job of all.filter(({ state, running }) => state === 'queued' && running === null).slice(0, Math.max(0, room))) begin(job)
  }

  function begin(job: Job): void {
    const abort = new AbortController()
    settle(job, 'downloading')
    const done = runner
      .run(job, abort.signal)
      .then(async () => {
        settle(job, 'ready')
        await parts.onReady()
      })
      .catch((error: unknown) => {
        if (abort.signal.aborted) return
        const { problem, detail } = troubleOf(error, job.entry)
        settle(job, 'failed', problem, detail)
      })
      .finally(() => {
        job.running = null
        pump()
      })
    job.running = { abort, done }
  }

  async function halt({ running }: Job): Promise<void> {
    running?.abort.abort(new Error('halted'))
    await running?.done
  }

  async function needSpace(bytes: number): Promise<void> {
    const free = await freeBytes(modelsFolder)
    if (free < bytes + SPARE_BYTES)
      throw new DownloadProblem('space', `It needs ${gigabytes(bytes)}, ${gigabytes(Math.max(0, free))} free. Free some space, then resume.`)
  }

  function refuseTaken(files: readonly DownloadFile[]): void {
    const here = new Set(namesIn(modelsFolder).map(folded))
    const taken = files.find(({ target }) => here.has(folded(target)))
    if (taken) throw conflict(`${taken.target} is in the models folder already.`)
  }

  function refuseRivals({ files }: DownloadEntry): void {
    const targets = new Set(files.map(({ target }) => folded(target)))
    const rival = [...jobs.values()].find(({ entry, state }) => state !== 'ready' && entry.files.some(({ target }) => targets.has(folded(target))))
    if (rival) throw conflict(`A file of that name is on its way from ${rival.entry.repository}.`)
  }

  function jobOf(id: string): Job {
    const job = jobs.get(id)
    if (!job) throw new HeadgateError('not-found', 'There is no such download.', { code: 'download_not_found' })
    return job
  }

  async function wishedEntry({ repository, path, revision }: DownloadWish): Promise<DownloadEntry> {
    if (!isSafePath(path)) throw invalid(`${JSON.stringify(path.slice(0, 200))} cannot become a file of the models folder.`)
    const offer = await parts.hub.repository(repository, revision)
    const file = offer.files.find((each) => each.path === path)
    if (!file) throw new HeadgateError('not-found', `${repository} has no model file ${path}.`, { code: 'repository_not_found' })
    if (file.problem !== null) throw invalid(file.problem)
    const entry = entryOf(offer.repository, offer.revision, file)
    refuseTaken(entry.files)
    refuseRivals(entry)
    await mkdir(modelsFolder, { recursive: true })
    await needSpace(file.sizeBytes).catch((error: Error) => {
      throw new HeadgateError('invalid-request', error.message.replace(', then resume', ''), { status: 409, code: 'disk_full' })
    })
    return entry
  }

  async function change(id: string, state: 'paused' | 'queued'): Promise<DownloadView> {
    const job = jobOf(id)
    const isHalted = () => job.state === 'paused' || job.state === 'failed' || job.state === 'ready'
    if (state === 'paused' && !isHalted()) {
      await halt(job)
      if (!isHalted()) settle(job, 'paused')
    } else if (state === 'queued' && (job.state === 'paused' || job.state === 'failed')) settle(job, 'queued')
    pump()
    return viewOf(job)
  }

  return {
    list: () => [...jobs.values()].map(viewOf),
    async add(wish) {
      const known = [...jobs.values()].find(
        ({ entry, state }) => entry.repository === wish.repository && entry.files[0]?.path === wish.path && state !== 'ready',
      )
      if (known) return change(known.id, 'queued')
      const entry = await wishedEntry(wish)
      refuseRivals(entry) // another wish may have come while the hub was asked
      const job = newJob(clock, { id: clock.id('dl'), createdAt: clock.now(), entry })
      store.put(job)
      jobs.set(job.id, job)
      report(job, true)
      pump()
      return viewOf(job)
    },
    change,
    async remove(id) {
      const job = jobOf(id)
      jobs.delete(id)
      store.remove(id)
      await halt(job)
      await runner.discard(job)
      tell(job, 'removed')
      pump()
    },
    async start() {
      for (const name of namesIn(runner.folder)) if (!jobs.has(name)) await rm(join(runner.folder, name), { recursive: true, force: true })
      pump()
    },
    async stop() {
      isStopped = true
      for (const { later } of jobs.values()) later?.cancel()
      await Promise.all([...jobs.values()].map(halt))
    },
    freeBytes: () => freeBytes(existsSync(modelsFolder) ? modelsFolder : join(modelsFolder, '..')),
  }
}

const invalid = (message: string) => new HeadgateError('invalid-request', message, { code: 'invalid_value', param: 'file' })
const conflict = (message: string) => new HeadgateError('invalid-request', message, { status: 409, code: 'model_file_exists' })
/** The file system of a Mac takes A and a for one name. */
const folded = (name: string) => name.toLowerCase()

async function freeOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

const namesIn = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder) : [])
