/** The panel's event stream: server-sent events with ids, resumable over a bounded memory of what was. */
import type { ServerResponse } from 'node:http'
import { type Clock, systemClock, type Timer } from '../../core/clock.ts'

export type AdminEventName = 'request' | 'request-ended' | 'deployment' | 'split' | 'guard' | 'config' | 'download' | 'engine' | 'log'

const REMEMBERED = 1_000
/** A panel that lost its connection comes back within this time; after it nothing is remembered for nobody. */
const REMEMBERED_MS = 60_000
/** A panel takes a stream for dead that is silent for a minute. */
const SIGN_OF_LIFE_MS = 20_000
const SLOW_READER_BYTES = 4 * 1024 * 1024

export interface EventStream {
  publish(name: AdminEventName, data: Readonly<Record<string, unknown>>): void
  /** True while somebody listens, or may come back: nothing is built for nobody. */
  isFollowed(): boolean
  /** Writes the head, what was missed since `lastId`, and then what comes. */
  attach(raw: ServerResponse, lastId: string | null): void
  close(): void
}

/** `now`: wall clock, ms; `after`: the timers of the same clock. `boot` makes ids of different runs differ: a foreign id replays nothing wrong. */
export function createEventStream(now: () => number, boot: string, after: Clock['after'] = systemClock.after): EventStream {
  const listeners = new Set<ServerResponse>()
  const memory: { readonly number: number; readonly text: string }[] = []
  let number = 0
  let lastLeft = Number.NEGATIVE_INFINITY
  let isClosed = false
  let signs: Timer | null = null

  function sendSigns(): void {
    signs = listeners.size === 0 ? null : after(SIGN_OF_LIFE_MS, sendSigns)
    send(': still here\n\n')
  }

  function send(text: string): void {
    for (const raw of listeners) {
      if (raw.writableLength > SLOW_READER_BYTES)
        raw.destroy() // it reconnects with its last id
      else raw.write(text)
    }
  }

  return {
    publish(name, data) {
      number++
      const text = `id: ${boot}-${number}\nevent: ${name}\ndata: ${JSON.stringify({ type: name, at: new Date(now()).toISOString(), ...data })}\n\n`
      memory.push({ number, text })
      if (memory.length > REMEMBERED) memory.shift()
      send(text)
    },
    isFollowed: () => listeners.size > 0 || now() - lastLeft < REMEMBERED_MS,
    attach(raw, lastId) {
      raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache', 'x-accel-buffering': 'no' })
      raw.write(': connected\n\n')
      const [run, last] = (lastId ?? '').split(/-(?=\d+$)/)
      if (run === boot) for (const event of memory) if (event.number > Number(last)) raw.write(event.text)
      if (isClosed) return void raw.end()
      listeners.add(raw)
      signs ??= after(SIGN_OF_LIFE_MS, sendSigns)
      raw.once('close', () => {
        listeners.delete(raw)
        lastLeft = now()
      })
    },
    close() {
      isClosed = true
      signs?.cancel()
      for (const raw of listeners) raw.end()
      listeners.clear()
    },
  }
}
