/** What ends a piece of work early. An AbortSignal is one; `Canceller` is the same without the machinery of DOM events, for the two of every request. */

export interface CancelSignal {
  readonly aborted: boolean
  /** Why; a HeadgateError wherever Headgate cancels. */
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

export class Canceller implements CancelSignal {
  aborted = false
  reason: unknown = undefined
  #listeners: (() => void)[] = []

  /** Tells every listener once, in the order in which they came. A second call does nothing. */
  abort(reason: unknown): void {
    if (this.aborted) return
    this.aborted = true
    this.reason = reason
    const listeners = this.#listeners
    this.#listeners = []
    for (const listener of listeners) listener()
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    if (!this.aborted) this.#listeners.push(listener)
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    const place = this.#listeners.indexOf(listener)
    if (place !== -1) this.#listeners.splice(place, 1)
  }
}

/** The same as an AbortSignal, for those who take nothing else. */
export function abortSignalOf(signal: CancelSignal): AbortSignal {
  if (signal instanceof AbortSignal) return signal
  const controller = new AbortController()
  if (signal.aborted) controller.abort(signal.reason)
  signal.addEventListener('abort', () => controller.abort(signal.reason))
  return controller.signal
}
