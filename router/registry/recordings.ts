/** Recorded bodies: what was asked and answered, while recording is on. Written behind the answers; bounded by age and size. Invariant: what is written was made harmless before it came here. */
import type { Clock } from '../core/clock.ts'
import type { Db } from './database.ts'

export interface Recording {
  readonly requestId: string
  /** Wall clock, ms. */
  readonly at: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** Null = the request failed before an answer began. */
  readonly reply: Uint8Array | null
  /** The answer came to its end. */
  readonly isComplete: boolean
  readonly isBodyCut: boolean
  readonly isReplyCut: boolean
}

export interface RecordingLimits {
  readonly days: number
  readonly megabytes: number
}

export interface RecordingStore {
  /** `make` runs when the row is written, not while its answer is. `bytes`: about how much waits in memory for it. */
  note(bytes: number, make: () => Recording): void
  get(requestId: string): Recording | null
  sums(): { readonly count: number; readonly bytes: number }
  /** Answers how many there were. */
  clear(): number
  /** Throws where the file cannot be written; what waits, waits on, up to a bound. */
  flush(): void
}

/** Recordings that wait for the disk; beyond it the oldest are given up. */
const WAITING_BYTES = 64 * 1024 * 1024
const PRUNE_EVERY_MS = 600_000

export function createRecordingStore(
  db: Db,
  parts: {
    readonly clock: Pick<Clock, 'now' | 'monotonic'>
    readonly limits: () => RecordingLimits
    readonly onUnwritten: () => void
  },
): RecordingStore {
  const waiting: { readonly bytes: number; readonly make: () => Recording }[] = []
  let waitingBytes = 0
  let pruneDueMs = Number.NEGATIVE_INFINITY
  const insert = db.prepare(
    'insert or replace into recording (request_id, at, headers, body, reply, reply_complete, bytes, body_cut, reply_cut) values (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const sums = db.prepare('select count(*) as count, coalesce(sum(bytes), 0) as bytes from recording')
  const removeOld = db.prepare('delete from recording where at < ?')
  const removeOldest = db.prepare('delete from recording where rowid in (select rowid from recording order by at limit 20)')

  const write = (recording: Recording) => {
    const headers = JSON.stringify(recording.headers)
    const bytes = headers.length + recording.body.length + (recording.reply?.length ?? 0)
    const { requestId, at, body, reply, isComplete, isBodyCut, isReplyCut } = recording
    insert.run(requestId, at, headers, body, reply, isComplete ? 1 : 0, bytes, isBodyCut ? 1 : 0, isReplyCut ? 1 : 0)
  }
  const writeAll = db.transaction(() => {
    for (const { make } of waiting) write(make())
    prune()
  })

  function prune(): void {
    const { days, megabytes } = parts.limits()
    removeOld.run(parts.clock.now() - days * 86_400_000)
    while ((sums.get() as { bytes: number }).bytes > megabytes * 1_000_000) removeOldest.run()
    pruneDueMs = parts.clock.monotonic() + PRUNE_EVERY_MS
  }

  function flush(): void {
    if (waiting.length === 0) {
      if (parts.clock.monotonic() >= pruneDueMs) prune()
      return
    }
    writeAll()
    waiting.length = 0
    waitingBytes = 0
  }

  function flushBeforeReading(): void {
    try {
      flush()
    } catch {
      // what is written can be read all the same; the next flush tells
    }
  }

  return {
    note(bytes, make) {
      waiting.push({ bytes, make })
      waitingBytes += bytes
      while (waitingBytes > WAITING_BYTES && waiting.length > 1) waitingBytes -= waiting.shift()?.bytes ?? 0
      parts.onUnwritten()
    },
    get(requestId) {
      flushBeforeReading()
      const stored = db.prepare('select * from recording where request_id = ?').get(requestId) as StoredRecording | undefined
      return stored ? recordingOf(stored) : null
    },
    sums() {
      flushBeforeReading()
      return sums.get() as { count: number; bytes: number }
    },
    clear() {
      waiting.length = 0
      waitingBytes = 0
      return db.prepare('delete from recording').run().changes
    },
    flush,
  }
}

interface StoredRecording {
  request_id: string
  at: number
  headers: string
  body: Buffer
  reply: Buffer | null
  reply_complete: number
  body_cut: number
  reply_cut: number
}

const recordingOf = (stored: StoredRecording): Recording => ({
  requestId: stored.request_id,
  at: stored.at,
  headers: JSON.parse(stored.headers) as Record<string, string>,
  body: stored.body,
  reply: stored.reply,
  isComplete: stored.reply_complete === 1,
  isBodyCut: stored.body_cut === 1,
  isReplyCut: stored.reply_cut === 1,
})
