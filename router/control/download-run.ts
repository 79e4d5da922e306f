/** One download from the first byte to its place in the models folder. Invariant: a model enters the folder whole, with the published length and SHA-256 and a sound GGUF head, or not at all; the parts of a split one enter together. */
import { statSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Hub, HubFile } from '../backends/index.ts'
import type { Clock } from '../core/clock.ts'
import { DownloadProblem, download, type FetchRange, type Patience, patient, sizeOf } from '../engine/download.ts'
import { sha256Of } from '../engine/file-hash.ts'
import type { DownloadEntry, DownloadFile } from '../registry/index.ts'
import { type DownloadState, type DownloadTrouble, type Job, NoModel, seconds, sentence, WrongSum } from './download-view.ts'

export interface DownloadRunParts {
  readonly modelsFolder: string
  readonly hub: Hub
  readonly fetchRange: FetchRange
  readonly clock: Clock
  /** Checks a whole model file; throws a sentence where it is none. */
  readonly inspectModel: (file: string) => Promise<unknown>
  readonly patience?: Patience
  /** Throws where the disk has no room for so much more. */
  readonly needSpace: (bytes: number) => Promise<void>
  /** Throws where one of the names is taken in the models folder. */
  readonly refuseTaken: (files: readonly DownloadFile[]) => void
  readonly settle: (job: Job, state: DownloadState, problem?: DownloadTrouble | null, detail?: string | null) => void
  /** Notes what is to be known after a restart. */
  readonly keep: (job: Job) => void
  readonly report: (job: Job, isNews: boolean) => void
}

export interface DownloadRun {
  /** Resolves when the model is in its place. Throws in words, or the signal's reason; what has come is continued the next time. */
  run(job: Job, signal: AbortSignal): Promise<void>
  /** Bytes that are here. */
  receivedOf(job: Job): number
  /** Removes what has come. */
  discard(job: Pick<Job, 'id'>): Promise<void>
  /** Where downloads lie until they are whole: inside the models folder, so that their last step is a rename; hidden, so that nothing reads them. */
  readonly folder: string
}

export function entryOf(repository: string, revision: string, { parts }: HubFile): DownloadEntry {
  const files = parts.map(({ path, sizeBytes, sha256 }) => ({ path, target: basename(path), sizeBytes, sha256, etag: null }))
  return { repository, revision, files }
}

export function createDownloadRun(parts: DownloadRunParts): DownloadRun {
  const { modelsFolder, settle } = parts
  const staging = join(modelsFolder, '.downloads')
  const folderOf = ({ id }: Pick<Job, 'id'>) => join(staging, id)
  const discard = (job: Pick<Job, 'id'>) => rm(folderOf(job), { recursive: true, force: true })

  async function run(job: Job, signal: AbortSignal): Promise<void> {
    const folder = folderOf(job)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await getAll(job, signal)
    settle(job, 'verifying')
    const { files } = job.entry
    await parts.inspectModel(join(folder, files[0]?.target ?? '')).catch(async (error: Error) => {
      await discard(job)
      job.received = 0
      throw new NoModel(`${error.message} It was deleted.`)
    })
    signal.throwIfAborted()
    parts.refuseTaken(files)
    // The first part last: it is the one that the models folder is read by.
    for (const { target } of files.toReversed()) await rename(join(folder, target), join(modelsFolder, target))
    await discard(job)
  }

  async function getAll(job: Job, signal: AbortSignal): Promise<void> {
    for (let isSecond = false; ; isSecond = true)
      try {
        for (const file of job.entry.files) await getFile(job, file, signal)
        return
      } catch (error) {
        signal.throwIfAborted()
        // What the hub has now may be another file than the one that was asked for: then it is begun again, once.
        const isOther = error instanceof WrongSum || (error instanceof DownloadProblem && error.kind === 'other-file')
        if (isSecond || !isOther || !(await isRenewed(job))) throw error
      }
  }

  /** One file, whole and verified, under its own name in the folder of the download. */
  async function getFile(job: Job, file: DownloadFile, signal: AbortSignal): Promise<void> {
    const place = join(folderOf(job), file.target)
    const part = `${place}.part`
    const others = receivedOf(job) - receivedOfFile(job, file)
    if ((await sizeOf(place)) === file.sizeBytes) return
    for (let had = await sizeOf(part); ; had = 0) {
      job.speed.reset()
      settle(job, 'downloading')
      await download({
        url: parts.hub.urlOf(job.entry.repository, job.entry.revision, file.path),
        part,
        sizeBytes: file.sizeBytes,
        etag: had === 0 ? null : file.etag,
        fetchRange: parts.fetchRange,
        clock: parts.clock,
        signal,
        patience: parts.patience ?? patient,
        onProgress(bytes) {
          job.received = others + bytes
          job.speed.note(job.received)
          parts.report(job, false)
        },
        onEtag: (etag) => noteEtag(job, file.path, etag),
        onStall(isStalled) {
          job.isStalled = isStalled
          parts.report(job, true)
        },
        onWait(wait) {
          if (wait === null) settle(job, 'downloading')
          else settle(job, 'waiting', 'offline', `${sentence(wait.problem.message)} Tries again in ${seconds(wait.ms)}.`)
        },
        checkSpace: (remaining) => parts.needSpace(remaining + bytesBehind(job, file)),
      })
      if (file.sha256 === null) break
      settle(job, 'verifying')
      if ((await sha256Of(part, signal)) === file.sha256) break
      await rm(part, { force: true })
      job.received = others
      // The beginning may have been another file's: once more from the first byte.
      if (had === 0) throw new WrongSum(`${file.target} came with the wrong checksum and was deleted: it was changed on the hub, or on the way.`)
    }
    await rename(part, place)
  }

  function noteEtag(job: Job, path: string, etag: string): void {
    job.entry = { ...job.entry, files: job.entry.files.map((each) => (each.path === path ? { ...each, etag } : each)) }
    parts.keep(job)
  }

  /** Asks the hub anew; true when the file is another now, and everything begins again. */
  async function isRenewed(job: Job): Promise<boolean> {
    const { repository, files } = job.entry
    const now = await parts.hub.repository(repository, null)
    const found = now.files.find(({ path }) => path === files[0]?.path)
    if (!found || found.problem !== null) return false
    const next = entryOf(repository, now.revision, found)
    if (next.files.length !== files.length) return false
    if (next.files.every(({ sizeBytes, sha256 }, at) => sizeBytes === files[at]?.sizeBytes && sha256 === files[at]?.sha256)) return false
    await discard(job)
    await mkdir(folderOf(job), { recursive: true, mode: 0o700 })
    Object.assign(job, { entry: next, received: 0 })
    parts.keep(job)
    return true
  }

  function receivedOfFile(job: Job, { target, sizeBytes }: DownloadFile): number {
    const place = join(folderOf(job), target)
    const info = statSync(place, { throwIfNoEntry: false }) ?? statSync(`${place}.part`, { throwIfNoEntry: false })
    return Math.min(sizeBytes, info?.size ?? 0)
  }

  const receivedOf = (job: Job) => job.entry.files.reduce((sum, file) => sum + receivedOfFile(job, file), 0)

  return { run, receivedOf, discard, folder: staging }
}

/** Of the files that come after this one. */
function bytesBehind({ entry }: Job, file: DownloadFile): number {
  const at = entry.files.findIndex(({ path }) => path === file.path)
  return entry.files.slice(at + 1).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
}
