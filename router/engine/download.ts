/** Downloads one file of known size into a partial file, byte-exact across cuts and restarts. The caller verifies it; nothing here is ever used as a model. */
import { type FileHandle, open, rm, stat } from 'node:fs/promises'
import type { Clock } from '../core/clock.ts'

/** Opens a download from a byte on; the only opener of connections, handed in. */
export type FetchRange = (url: string, fromByte: number, signal: AbortSignal) => Promise<RangeReply>

export interface RangeReply {
  /** 206 = the body starts at the byte asked for; 200 = at the first byte. */
  readonly status: number
  /** Size of the whole file; null = not said. */
  readonly totalBytes: number | null
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
}

/** Longest wait for a reply or for the next bytes. */
export const SILENCE_MS = 10_000
const TRIES_WITHOUT_BYTES = 3
const PAUSE_MS = 300

/** Resolves when the partial file has all its bytes, synced to disk. Throws an Error in words, or the signal's reason; no empty file stays. */
export async function download(task: Download): Promise<void> {
  const file = await open(task.part, 'a+').then(async (created) => {
    await created.close()
    return open(task.part, 'r+')
  })
  try {
    let fruitless = 0
    let have = (await file.stat()).size
    if (have > task.sizeBytes) have = await restart(file)
    while (have < task.sizeBytes) {
      task.signal.throwIfAborted()
      task.onProgress(have)
      const before = have
      const problem = await receive(task, file, have).catch((error: unknown) => asError(error))
      have = (await file.stat()).size
      task.signal.throwIfAborted()
      if (problem === null) continue
      if (problem instanceof FinalProblem) throw problem
      // A cut after some bytes is worth another try from where it ended; silence is not.
      fruitless = have > before ? 0 : fruitless + 1
      if (fruitless >= TRIES_WITHOUT_BYTES || problem instanceof SilenceProblem) throw problem
      await task.clock.sleep(PAUSE_MS, task.signal)
    }
    await file.sync()
    task.onProgress(have)
  } finally {
    await file.close()
    if ((await sizeOf(task.part)) === 0) await rm(task.part, { force: true })
  }
}

/** Another try at this address cannot help. */
class FinalProblem extends Error {}
class SilenceProblem extends Error {}

/** One connection: writes what it brings. Null = it ended well, complete or not. */
async function receive(task: Download, file: FileHandle, from: number): Promise<Error | null> {
  const silence = silenceWatch(task.clock, task.signal)
  try {
    const reply = await task.fetchRange(task.url, from, silence.signal)
    silence.heard()
    if (reply.status === 416 && from > 0) {
      await restart(file) // what is here is not of the file that is there
      return null
    }
    if (reply.status !== 200 && reply.status !== 206) throw new FinalProblem(`it answered with status ${reply.status}`)
    if (reply.totalBytes !== null && reply.totalBytes !== task.sizeBytes)
      throw new FinalProblem(`the file there has ${reply.totalBytes} bytes instead of ${task.sizeBytes}`)
    let at = reply.status === 206 ? from : await restart(file)
    for await (const bytes of reply.body) {
      silence.heard()
      if (at + bytes.length > task.sizeBytes) {
        await restart(file)
        throw new FinalProblem(`it sent more than ${task.sizeBytes} bytes`)
      }
      await write(file, bytes, at)
      at += bytes.length
      task.onProgress(at)
    }
    return at < task.sizeBytes ? new Error('the connection ended early') : null
  } catch (error) {
    if (silence.isOver()) throw new SilenceProblem(`nothing came for ${SILENCE_MS / 1000} s`, { cause: error })
    throw error
  } finally {
    silence.stop()
  }
}

/** A signal that also ends when nothing is heard for too long. */
function silenceWatch(clock: Clock, outer: AbortSignal) {
  const inner = new AbortController()
  let isOver = false
  const end = () => {
    isOver = true
    inner.abort(new Error('silence'))
  }
  let timer = clock.after(SILENCE_MS, end)
  return {
    signal: AbortSignal.any([outer, inner.signal]),
    isOver: () => isOver,
    heard() {
      timer.cancel()
      timer = clock.after(SILENCE_MS, end)
    },
    stop() {
      timer.cancel()
      inner.abort() // a body that was not read to its end lets its connection go
    },
  }
}

async function restart(file: FileHandle): Promise<0> {
  await file.truncate(0)
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
