/** Cuts a byte stream into whole server-sent events. Every byte comes out once and in order (but for a leading byte order mark). */
import { HeadgateError } from '../core/errors.ts'

const EVENT_LIMIT_BYTES = 1024 * 1024
const LF = 0x0a
const CR = 0x0d
const EMPTY = new Uint8Array(0)

/**
 * Incremental: push what arrives, get the events that are now whole, each with its lines and the blank line after it. An event that
 * lies in one chunk is a view of that chunk, nothing is copied. Lines end with LF, CR LF or CR. Multi-byte characters are never cut,
 * because events only end at line ends. Blank lines beyond the first are events without data.
 *
 * A CR that ends a chunk and a blank line ends the event at once; should its LF follow, it leads the next event, where it is harmless.
 */
export class SseSplitter {
  readonly #limitBytes: number
  /** Bytes of the unfinished event, the first `#heldBytes` of a buffer that grows. */
  #held: Uint8Array<ArrayBufferLike> = EMPTY
  #heldBytes = 0
  #isLineEmpty = true
  #isAfterCr = false
  #isAtStart = true
  #isTooLarge = false

  constructor(limitBytes: number = EVENT_LIMIT_BYTES) {
    this.#limitBytes = limitBytes
  }

  /**
   * Returns the events that `chunk` completes. Throws `broken-stream` with `upstream_event_too_large` at an event of more than 1 MiB;
   * where the same chunk completed events before it, they are returned and the next call throws.
   */
  push(chunk: Uint8Array): Uint8Array[] {
    if (this.#isTooLarge) this.#refuse()
    const events: Uint8Array[] = []
    const start = chunk.indexOf(CR) < 0 ? this.#splitAtLf(chunk, events) : this.#splitAtAny(chunk, events)
    if (start < chunk.length) this.#hold(chunk.subarray(start))
    if (this.#isTooLarge && events.length === 0) this.#refuse()
    return events
  }

  /** What is left at the end of the stream: an event without its blank line. Empty afterwards. */
  rest(): Uint8Array {
    if (this.#isTooLarge) this.#refuse()
    return this.#release(EMPTY)
  }

  /** The usual case: no CR in the chunk. Returns where the unfinished event starts. */
  #splitAtLf(chunk: Uint8Array, events: Uint8Array[]): number {
    let start = 0
    let lineStart = 0
    let isLineEmpty = this.#isLineEmpty
    if (this.#isAfterCr && chunk.length > 0) {
      this.#isAfterCr = false
      if (chunk[0] === LF) lineStart = 1
    }
    for (let at = chunk.indexOf(LF, lineStart); at >= 0; at = chunk.indexOf(LF, lineStart)) {
      if (at === lineStart && isLineEmpty) {
        this.#emit(chunk.subarray(start, at + 1), events)
        start = at + 1
      }
      lineStart = at + 1
      isLineEmpty = true
    }
    this.#isLineEmpty = isLineEmpty && lineStart === chunk.length
    return start
  }

  #splitAtAny(chunk: Uint8Array, events: Uint8Array[]): number {
    let start = 0
    let isLineEmpty = this.#isLineEmpty
    let isAfterCr = this.#isAfterCr
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]
      if (byte === LF && isAfterCr) isAfterCr = false
      else if (byte === LF || byte === CR) {
        isAfterCr = byte === CR
        if (isLineEmpty) {
          if (isAfterCr && chunk[at + 1] === LF) {
            at++
            isAfterCr = false
          }
          this.#emit(chunk.subarray(start, at + 1), events)
          start = at + 1
        }
        isLineEmpty = true
      } else {
        isLineEmpty = false
        isAfterCr = false
      }
    }
    this.#isLineEmpty = isLineEmpty
    this.#isAfterCr = isAfterCr
    return start
  }

  #emit(end: Uint8Array, events: Uint8Array[]): void {
    if (this.#isTooLarge) return
    if (this.#heldBytes + end.length > this.#limitBytes) this.#isTooLarge = true
    else events.push(this.#release(end))
  }

  #hold(part: Uint8Array): void {
    const size = this.#heldBytes + part.length
    if (this.#isTooLarge || size > this.#limitBytes) {
      this.#isTooLarge = true
      return
    }
    if (size > this.#held.length) {
      const grown = new Uint8Array(Math.max(size, this.#held.length * 2, 512))
      grown.set(this.#held.subarray(0, this.#heldBytes))
      this.#held = grown
    }
    this.#held.set(part, this.#heldBytes)
    this.#heldBytes = size
  }

  #release(end: Uint8Array): Uint8Array {
    let event = end
    if (this.#heldBytes > 0) {
      event = new Uint8Array(this.#heldBytes + end.length)
      event.set(this.#held.subarray(0, this.#heldBytes))
      event.set(end, this.#heldBytes)
      this.#heldBytes = 0
    }
    if (!this.#isAtStart) return event
    this.#isAtStart = false
    return event[0] === 0xef && event[1] === 0xbb && event[2] === 0xbf ? event.subarray(3) : event
  }

  #refuse(): never {
    this.#held = EMPTY
    throw new HeadgateError('broken-stream', 'One event of the stream is larger than 1 MiB.', {
      code: 'upstream_event_too_large',
      safeToRepeat: false,
    })
  }
}
