/** A reply's body between undici's callbacks and one reader: chunks in order, back-pressure above 256 KiB, failures at the place where they happened. */
import type { Dispatcher } from 'undici'
import { HeadgateError } from '../core/errors.ts'

const HIGH_WATER_BYTES = 256 * 1024

export class BodyQueue {
  readonly #controller: Dispatcher.DispatchController
  readonly #release: () => void
  #chunks: Uint8Array[] = []
  #bytes = 0
  #isPaused = false
  #isFinished = false
  #failure: Error | null = null
  #wake: (() => void) | null = null

  constructor(controller: Dispatcher.DispatchController, release: () => void) {
    this.#controller = controller
    this.#release = release
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes > HIGH_WATER_BYTES && !this.#isPaused) {
      this.#isPaused = true
      this.#controller.pause()
    }
    this.#wakeReader()
  }

  finish(): void {
    this.#isFinished = true
    this.#wakeReader()
  }

  fail(error: Error): void {
    if (this.#isFinished) return
    this.#failure ??= error
    this.#isFinished = true
    this.#wakeReader()
  }

  /** Ends the reply early; the connection is closed. */
  cancel(): void {
    if (this.#isFinished) return
    this.#isFinished = true
    this.#release()
    this.#controller.abort(new Error('no longer wanted'))
  }

  /** All chunks that have arrived; null at the clean end. Waits when there are none. Throws what broke the body. */
  async next(): Promise<Uint8Array[] | null> {
    while (this.#chunks.length === 0) {
      if (this.#failure) throw this.#failure
      if (this.#isFinished) return null
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const chunks = this.#chunks
    this.#chunks = []
    this.#bytes = 0
    if (this.#isPaused) {
      this.#isPaused = false
      this.#controller.resume()
    }
    return chunks
  }

  /** The whole body, at most `limit` bytes; above it `garbled-reply` with code `upstream_response_too_large`. */
  async whole(limit: number): Promise<Buffer> {
    const parts: Uint8Array[] = []
    let length = 0
    for (let chunks = await this.next(); chunks; chunks = await this.next())
      for (const chunk of chunks) {
        length += chunk.length
        if (length > limit) {
          this.cancel()
          throw new HeadgateError('garbled-reply', `The reply is larger than ${limit} bytes.`, {
            code: 'upstream_response_too_large',
            safeToRepeat: false,
          })
        }
        parts.push(chunk)
      }
    const [first] = parts
    return parts.length === 1 && first ? Buffer.from(first.buffer, first.byteOffset, length) : Buffer.concat(parts, length)
  }

  #wakeReader(): void {
    const wake = this.#wake
    this.#wake = null
    wake?.()
  }
}
