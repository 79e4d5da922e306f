/** The two sides of contextBridge. Both functions are sent to a page as source text: they close over nothing. Worlds talk by synchronous events with JSON, as objects do not cross them. */

/** Main world: builds what the preload exposes. */
export function bridgeMain(): void {
  type Described = { fn?: number; members?: Record<string, Described>; value?: unknown }
  type Returned = { value?: unknown; promise?: boolean; error?: string }
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  let calls = 0
  let last: Returned = {}
  const callOf =
    (id: number) =>
    (...values: unknown[]): unknown => {
      const call = ++calls
      const detail = JSON.stringify({ call, id, values: structuredClone(values) })
      window.dispatchEvent(new CustomEvent('__toPreload', { detail }))
      if (last.error !== undefined) throw new Error(last.error)
      if (last.promise) return new Promise((resolve, reject) => waiting.set(call, { resolve, reject }))
      return last.value
    }
  const build = ({ fn, members, value }: Described): unknown => {
    if (fn !== undefined) return callOf(fn)
    if (members === undefined) return value
    return Object.freeze(Object.fromEntries(Object.entries(members).map(([name, member]) => [name, build(member)])))
  }
  window.addEventListener('__toMain', (event) => {
    const message = JSON.parse((event as CustomEvent<string>).detail)
    if (message.expose) Object.defineProperty(window, message.expose, { value: build(message.api), enumerable: true })
    else if (message.returned) last = message.returned
    else if (message.settled) {
      const call = waiting.get(message.settled)
      waiting.delete(message.settled)
      if ('error' in message) call?.reject(new Error(message.error))
      else call?.resolve(message.value)
    }
  })
}

/** Isolated world: what a sandboxed preload can require, then the preload itself. */
export function preloadRuntime(platform: string, preload: (...values: unknown[]) => void): void {
  type Call = (...values: unknown[]) => unknown
  type Reply = { id: number; value?: unknown; error?: string }
  const world = globalThis as unknown as { __electronCall(text: string): void; __electronDispatch(reply: Reply): void }
  const exposed = new Map<number, Call>()
  const pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  let ids = 0
  const say = (message: object) => window.dispatchEvent(new CustomEvent('__toMain', { detail: JSON.stringify(message) }))
  const describe = (value: unknown): object => {
    if (typeof value === 'function') {
      exposed.set(++ids, value as Call)
      return { fn: ids }
    }
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return { value }
    return { members: Object.fromEntries(Object.entries(value).map(([name, member]) => [name, describe(member)])) }
  }
  window.addEventListener('__toPreload', (event) => {
    const { call, id, values } = JSON.parse((event as CustomEvent<string>).detail)
    try {
      const result = exposed.get(id)?.(...values)
      if (!(result instanceof Promise)) return say({ returned: { value: result } })
      say({ returned: { promise: true } })
      result.then(
        (value) => say({ settled: call, value }),
        (error: Error) => say({ settled: call, error: error.message }),
      )
    } catch (error) {
      say({ returned: { error: (error as Error).message } })
    }
  })
  world.__electronDispatch = ({ id, value, error }) => {
    const call = pending.get(id)
    pending.delete(id)
    if (error === undefined) call?.resolve(value)
    else call?.reject(new Error(error))
  }
  const ipcRenderer = {
    invoke: (channel: string, ...args: unknown[]) =>
      new Promise((resolve, reject) => {
        pending.set(++ids, { resolve, reject })
        world.__electronCall(JSON.stringify({ id: ids, channel, args: structuredClone(args) }))
      }),
  }
  const contextBridge = { exposeInMainWorld: (expose: string, api: unknown) => void say({ expose, api: describe(api) }) }
  const require = (name: string) => {
    if (name === 'electron' || name === 'electron/renderer') return { contextBridge, ipcRenderer }
    throw new Error(`a sandboxed preload cannot require '${name}'`)
  }
  const module = { exports: {} }
  preload(require, module, module.exports, { platform, env: {}, contextIsolated: true, sandboxed: true })
}
