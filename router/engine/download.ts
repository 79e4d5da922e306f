/** Downloads one file of known size into a partial file, byte-exact across cuts, restarts and servers that lie. Invariant: what is here is a prefix of what was sent, and never used as a model; the caller verifies it. */
import { constants } from 'node:fs'
import { type FileHandle, open, rm, stat } from 'node:fs/promises'
import type { Clock } from '../core/clock.ts'
import { HeadgateError } from '../core/errors.ts'

/** Opens a download from a byte on; the only opener of connections, handed in. `ifRange`: of the file with this ETag only. */
export type FetchRange = (url: string, fromByte: number, signal: AbortSignal, ifRange?: string | null) => Promise<RangeReply>

export interface RangeReply {
  /** 206 = the body starts at the byte asked for; 200 = at the first byte. */
  readonly status: number
  /** Size of the whole file; null = not said. */
  readonly totalBytes: number | null
  /** Byte that the body starts with; left out = what the status says. */
  readonly startByte?: number | null
  readonly etag?: string | null
  readonly retryAfterMs?: number | null
  readonly body: AsyncIterable<Uint8Array>
}

export interface Download {
  readonly url: string
  /** The partial file; what it holds is continued. */
  readonly part: string
  readonly sizeBytes: number
  readonly fetchRange: FetchRange
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onProgress: (receivedBytes: number) => void
  /** ETag of what the partial file holds; null = not known. */
  readonly etag?: string | null
  readonly onEtag?: (etag: string) => void
  /** How patient it is; left out = for a source that has others behind it. */
  readonly patience?: Patience
  /** Nothing came for `stallMs`; false when bytes come again. */
  readonly onStall?: (isStalled: boolean) => void
  /** It is waiting before another try; null = it is trying again. */
  readonly onWait?: (wait: { readonly problem: Error; readonly ms: number } | null) => void
  /** Asked before the first byte and every 64 MiB; throws where the rest has no room. */
  readonly checkSpace?: (remainingBytes: number) => Promise<void>
}

export interface Patience {
  readonly stallMs: number
  /** Longest wait for a reply or for the next bytes. */
  readonly silenceMs: number
  readonly triesWithoutBytes: number
  /** Is a silence worth another try? */
  readonly outlastsSilence: boolean
  readonly pauseMs: (triesWithoutBytes: number) => number
}

/** Longest wait for a reply or for the next bytes. */
export const SILENCE_MS = 10_000
const hasty: Patience = { stallMs: SILENCE_MS, silenceMs: SILENCE_MS, triesWithoutBytes: 3, outlastsSilence: false, pauseMs: () => 300 }
/** Of a download that a person waits for: through tunnels, sleep and a restarted router of the house. */
export const patient: Patience = {
  stallMs: 15_000,
  silenceMs: 30_000,
  triesWithoutBytes: Number.POSITIVE_INFINITY,
  outlastsSilence: true,
  pauseMs: (tries) => Math.min(60_000, 500 * 2 ** Math.min(tries, 10)),
}

const SPACE_LOOK_BYTES = 64 * 1024 * 1024

/** Why a download cannot go on, where another try at this address does not help. */
export class DownloadProblem extends Error {
  readonly kind: 'status' | 'other-file' | 'refused' | 'space'
  /** Of the reply; 0 where there was none. */
  readonly status: number
  constructor(kind: DownloadProblem['kind'], message: string, status = 0, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.kind = kind
    this.status = status
  }
}
class SilenceProblem extends Error {}
class LaterProblem extends Error {
  readonly afterMs: number | null
  constructor(message: string, afterMs: number | null) {
    super(message)
    this.afterMs = afterMs
  }
}

/** Resolves when the partial file has all its bytes, synced to disk. Throws an Error in words, or the signal's reason; no empty file stays. */
export async function download(task: Download): Promise<void> {
  const patience = task.patience ?? hasty
  const file = await open(task.part, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
  const state: State = { etag: task.etag ?? null, asksRanges: true, looksAt: 0 }
  try {
    let fruitless = 0
    let have = (await file.stat()).size
    if (have > task.sizeBytes) have = await restart(file, 0)
    while (have < task.sizeBytes) {
      task.signal.throwIfAborted()
      task.onProgress(have)
      const before = have
      const problem = await receive(task, file, { from: have, state, patience }).catch((error: unknown) => asError(error))
      have = (await file.stat()).size
      task.signal.throwIfAborted()
      if (problem === null) continue
      if (problem instanceof DownloadProblem) throw problem
      // A cut after some bytes is worth another try from where it ended; of silence a source with others behind it has enough.
      fruitless = have > before ? 0 : fruitless + 1
      if (fruitless >= patience.triesWithoutBytes || (problem instanceof SilenceProblem && !patience.outlastsSilence)) throw problem
      const ms = Math.max(patience.pauseMs(fruitless), problem instanceof LaterProblem ? Math.min(problem.afterMs ?? 0, 600_000) : 0)
      task.onWait?.({ problem, ms })
      await task.clock.sleep(ms, task.signal)
      task.onWait?.(null)
    }
    await file.sync()
    task.onProgress(have)
  } finally {
    await file.close()
    if ((await sizeOf(task.part)) === 0) await rm(task.part, { force: true })
  }
}

interface State {
  etag: string | null
  /** False where a part came that was not asked for: from then on the whole is asked for, and what is here already is compared. */
  asksRanges: boolean
  /** Bytes at which the disk is looked at next. */
  looksAt: number
}

interface Try {
  readonly from: number
  readonly state: State
  readonly patience: Patience
}

/** One connection: writes what it brings. Null = it ended well, complete or not. */
async function receive(task: Download, file: FileHandle, { from, state, patience }: Try): Promise<Error | null> {
  const silence = silenceWatch(task, patience)
  try {
    if (from >= state.looksAt) await look(task, state, from)
    const asked = state.asksRanges ? from : 0
    const reply = await task.fetchRange(task.url, asked, silence.signal, asked > 0 ? state.etag : null)
    silence.heard()
    if (reply.status === 416 && asked > 0) {
      await restart(file, 0) // what is here is not of the file that is there
      return null
    }
    refuseUnlessFile(reply, task.sizeBytes)
    const start = reply.startByte ?? (reply.status === 206 ? asked : 0)
    if (start !== (reply.status === 206 ? asked : 0)) {
      state.asksRanges = false
      return new Error('the server sent another part of the file than it was asked for')
    }
    const etag = reply.etag ?? null
    if (reply.status === 206 && state.etag !== null && etag !== null && etag !== state.etag) {
      await restart(file, 0) // the server knows no If-Range, and the file is another
      state.etag = null
      return null
    }
    if (etag !== null && etag !== state.etag) {
      state.etag = etag
      task.onEtag?.(etag)
    }
    return await take(task, file, { start, here: from, body: reply.body, silence, state })
  } catch (error) {
    if (silence.isOver()) throw new SilenceProblem(`nothing came for ${patience.silenceMs / 1000} s`, { cause: error })
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw new DownloadProblem('space', 'the disk is full', 0, error)
    if (error instanceof HeadgateError && error.code === 'download_refused') throw new DownloadProblem('refused', error.message, 0, error)
    throw error
  } finally {
    silence.stop()
  }
}

function refuseUnlessFile({ status, totalBytes, retryAfterMs = null }: RangeReply, sizeBytes: number): void {
  if (status === 408 || status === 425 || status === 429 || status >= 500) throw new LaterProblem(`it answered with status ${status}`, retryAfterMs)
  if (status !== 200 && status !== 206) throw new DownloadProblem('status', `it answered with status ${status}`, status)
  if (totalBytes !== null && totalBytes !== sizeBytes)
    throw new DownloadProblem('other-file', `the file there has ${totalBytes} bytes instead of ${sizeBytes}`, status)
}

interface Incoming {
  /** File position of the body's first byte. */
  readonly start: number
  /** Bytes that are here already. */
  readonly here: number
  readonly body: AsyncIterable<Uint8Array>
  readonly silence: ReturnType<typeof silenceWatch>
  readonly state: State
}

/** Writes a body. What a server without ranges sends again is compared instead, so that progress does not go back; where it differs, it counts. */
async function take(task: Download, file: FileHandle, { start, here, body, silence, state }: Incoming): Promise<Error | null> {
  let at = start
  let known = here
  for await (const bytes of body) {
    silence.heard()
    if (at + bytes.length > task.sizeBytes) {
      await restart(file, 0)
      throw new DownloadProblem('other-file', `it sent more than ${task.sizeBytes} bytes`)
    }
    const same = at < known ? await agreeing(file, bytes.subarray(0, known - at), at) : 0
    if (at + same < known && same < bytes.length) {
      known = at + same
      await restart(file, known)
    }
    await write(file, bytes.subarray(same), at + same)
    at += bytes.length
    task.onProgress(Math.max(at, known))
    if (at >= state.looksAt) await look(task, state, at)
  }
  return at < task.sizeBytes ? new Error('the connection ended early') : null
}

async function look(task: Download, state: State, at: number): Promise<void> {
  state.looksAt = at + SPACE_LOOK_BYTES
  await task.checkSpace?.(task.sizeBytes - at)
}

/** Number of leading bytes that the file has at this position too. */
async function agreeing(file: FileHandle, bytes: Uint8Array, position: number): Promise<number> {
  const here = Buffer.alloc(bytes.length)
  let filled = 0
  while (filled < here.length) {
    const { bytesRead } = await file.read(here, filled, here.length - filled, position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  if (filled === bytes.length && here.equals(bytes)) return filled
  for (let at = 0; at < filled; at++) if (here[at] !== bytes[at]) return at
  return filled
}

/** A signal that also ends when nothing is heard for too long, and a word when it is quiet for long. */
function silenceWatch({ clock, signal, onStall }: Download, { stallMs, silenceMs }: Patience) {
  const inner = new AbortController()
  let isOver = false
  let isStalled = false
  const end = () => {
    isOver = true
    inner.abort(new Error('silence'))
  }
  const stall = () => {
    isStalled = true
    onStall?.(true)
  }
  let timers = [clock.after(silenceMs, end), clock.after(stallMs, stall)]
  const cancel = () => {
    for (const timer of timers) timer.cancel()
  }
  return {
    signal: AbortSignal.any([signal, inner.signal]),
    isOver: () => isOver,
    heard() {
      cancel()
      timers = [clock.after(silenceMs, end), clock.after(stallMs, stall)]
      if (isStalled) onStall?.(false)
      isStalled = false
    },
    stop() {
      cancel()
      if (isStalled) onStall?.(false)
      inner.abort() // a body that was not read to its end lets its connection go
    },
  }
}

async function restart(file: FileHandle, length: number): Promise<0> {
  await file.truncate(length)
  return 0
}

async function write(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done)
    done += bytesWritten
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

/** Size of a file; 0 where there is none. */
export async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    (info) => info.size,
    () => 0,
  )
}
