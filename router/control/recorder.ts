/** Records what is asked and answered, while a person wants it: off by default, until a moment, bounded. Invariant: off, a request costs one comparison; no credential is kept. */
import type { Clock } from '../core/clock.ts'
import type { AnswerSink } from '../execution/index.ts'
import type { Recording, RecordingStore, SettingsStore } from '../registry/index.ts'
import { redactHeaders, redactText } from './redact.ts'

/** Of a body, and of a reply. */
export const RECORDED_BYTES = 1024 * 1024

export interface RecorderView {
  /** ISO time; null = nothing is recorded. */
  readonly until: string | null
  readonly days: number
  readonly megabytes: number
  readonly count: number
  readonly bytes: number
}

export interface Recorder {
  /** The same function, whose requests and answers are recorded while recording is on. */
  around<Incoming extends RecordedRequest, Answer extends RecordedAnswer>(answer: (incoming: Incoming) => Answer): (incoming: Incoming) => Answer
  view(): RecorderView
  /** Records until a moment, wall clock in ms; null = stops. */
  recordUntil(atMs: number | null): void
}

export interface RecordedRequest {
  readonly id: string
  readonly bytes: Uint8Array
  readonly headers: Readonly<Record<string, string>>
}

export interface RecordedAnswer {
  run(sink: AnswerSink): Promise<void>
}

export interface RecorderParts {
  readonly clock: Pick<Clock, 'now'>
  readonly settings: SettingsStore
  readonly recordings: RecordingStore
}

export function createRecorder({ clock, settings, recordings }: RecorderParts): Recorder {
  const isOn = () => {
    const until = settings.get('recordUntil')
    return until !== null && clock.now() < until
  }

  function begin({ id, bytes, headers }: RecordedRequest) {
    const at = clock.now()
    const reply = createKeeper()
    let isSaved = false
    return {
      reply,
      save(isComplete: boolean): void {
        if (isSaved) return
        isSaved = true
        const body = bytes.subarray(0, RECORDED_BYTES)
        recordings.note(
          body.length + reply.length(),
          (): Recording => ({
            requestId: id,
            at,
            headers: redactHeaders(headers),
            body: redactBytes(body),
            reply: reply.length() === 0 ? null : redactBytes(reply.bytes()),
            isComplete,
            isBodyCut: bytes.length > RECORDED_BYTES,
            isReplyCut: reply.isCut(),
          }),
        )
      },
    }
  }

  return {
    around: (answer) => (incoming) => {
      if (!isOn()) return answer(incoming)
      const recording = begin(incoming)
      try {
        const given = answer(incoming)
        return {
          ...given,
          async run(sink) {
            let isComplete = false
            try {
              await given.run(kept(sink, recording.reply.keep))
              isComplete = true
            } finally {
              recording.save(isComplete)
            }
          },
        }
      } catch (error) {
        recording.save(false)
        throw error
      }
    },
    view() {
      const { count, bytes } = recordings.sums()
      const until = settings.get('recordUntil')
      return {
        until: isOn() && until !== null ? new Date(until).toISOString() : null,
        days: settings.get('recordingDays'),
        megabytes: settings.get('recordingMegabytes'),
        count,
        bytes,
      }
    },
    recordUntil: (atMs) => settings.set('recordUntil', atMs),
  }
}

/** Collects up to `RECORDED_BYTES` of what passes. */
function createKeeper() {
  const parts: Uint8Array[] = []
  let length = 0
  let isCut = false
  return {
    keep(bytes: Uint8Array): void {
      const room = RECORDED_BYTES - length
      if (bytes.length > room) isCut = true
      if (room <= 0) return
      const part = bytes.length > room ? bytes.subarray(0, room) : bytes
      parts.push(part)
      length += part.length
    },
    length: () => length,
    isCut: () => isCut,
    bytes: () => Buffer.concat(parts),
  }
}

const kept = (sink: AnswerSink, keep: (bytes: Uint8Array) => void): AnswerSink => ({
  serving: (notes) => sink.serving(notes),
  frame(bytes) {
    keep(bytes)
    return sink.frame(bytes)
  },
  body(bytes) {
    keep(bytes)
    sink.body(bytes)
  },
})

function redactBytes(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  const masked = redactText(text)
  return masked === text ? bytes : Buffer.from(masked)
}
