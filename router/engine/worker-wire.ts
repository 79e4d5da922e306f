/** The two ways to reach a worker: a child process, or the same code in this process. Nothing native is imported until one is asked for. */
import { fileURLToPath } from 'node:url'
import type { Host } from '../core/host.ts'
import type { FromWorker, ToWorker } from './worker-protocol.ts'

export interface Wire {
  readonly kind: 'child' | 'in-process'
  readonly pid: number | null
  send(message: ToWorker): void
  onMessage(listener: (message: FromWorker) => void): void
  /** Once, when the worker is gone; `detail` says how it ended. */
  onExit(listener: (detail: string) => void): void
  /** Ends a child at once; in this process nothing can be ended by force. */
  kill(): void
}

/** Variables that would load a foreign llama.cpp into the child and end it; empty counts as not set. */
const cleared = {
  LD_LIBRARY_PATH: '',
  LD_PRELOAD: '',
  DYLD_LIBRARY_PATH: '',
  DYLD_FALLBACK_LIBRARY_PATH: '',
  DYLD_FRAMEWORK_PATH: '',
  DYLD_INSERT_LIBRARIES: '',
}

/** A child with one thread in libuv's pool: decodes and samples then stay on one core (1.5 times the tokens per second of the default pool). */
export function childWire(host: Host): Wire {
  const modulePath = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './child.ts' : './engine-child.js', import.meta.url))
  const child = host.spawn({ modulePath, env: { ...cleared, UV_THREADPOOL_SIZE: '1' } })
  return {
    kind: 'child',
    pid: child.pid ?? null,
    send: (message) => child.send(message),
    onMessage: (listener) =>
      child.onMessage((messages) => {
        for (const message of messages as readonly FromWorker[]) listener(message)
      }),
    onExit: (listener) => child.onExit((code, signal) => listener(signal === null ? `exit code ${code}` : `signal ${signal}`)),
    kill: () => child.kill('SIGKILL'),
  }
}

/** The worker in this process: for Metal and CUDA, where CPU threads matter little. */
export async function inProcessWire(): Promise<Wire> {
  const { createWorker } = await import('./worker.ts')
  let deliver: (message: FromWorker) => void = () => undefined
  let exited: (detail: string) => void = () => undefined
  const worker = createWorker(
    (message) => deliver(message),
    () => exited('closed'),
  )
  return {
    kind: 'in-process',
    pid: null,
    send: (message) => worker.handle(message),
    onMessage(listener) {
      deliver = listener
    },
    onExit(listener) {
      exited = listener
    },
    kill: () => undefined,
  }
}
