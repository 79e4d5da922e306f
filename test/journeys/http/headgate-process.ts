/** The `headgate` command line as a process, the way a person or a script runs it. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../../router/main.ts', import.meta.url))

export interface Finished {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface Running {
  readonly child: ChildProcessWithoutNullStreams
  readonly pid: number
  out(): string
  err(): string
  /** Resolves with the exit code, or null when a signal ended it. */
  exited(): Promise<number | null>
}

/** Starts it and leaves it running. Nothing of this machine's own configuration reaches it. */
export function startHeadgate(args: readonly string[], data: string, environment: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: data,
    env: { PATH: process.env['PATH'], HOME: data, HEADGATE_DATA: data, HEADGATE_STARTER_MODEL: 'off', ...environment },
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  const exited = once(child, 'close').then(([code]) => code as number | null)
  return { child, pid: child.pid as number, out: () => out, err: () => err, exited: () => exited }
}

/** Runs it to its end. */
export async function headgate(args: readonly string[], data: string, environment: Readonly<Record<string, string>> = {}): Promise<Finished> {
  const running = startHeadgate(args, data, environment)
  running.child.stdin.end()
  const code = await running.exited()
  return { code, out: running.out(), err: running.err() }
}

/** Starts `serve` and resolves with its URL when it listens. */
export async function serveHeadgate(data: string, args: readonly string[] = ['--port', '0']): Promise<Running & { readonly url: string }> {
  const running = startHeadgate(['serve', ...args], data)
  let gone = false
  void running.exited().then(() => {
    gone = true
  })
  for (;;) {
    const url = /^Headgate is listening on (http:\S+)$/m.exec(running.out())?.[1]
    if (url && running.out().includes('#code=')) return { ...running, url }
    if (gone) throw new Error(`serve ended: ${running.err()}`)
    await Promise.race([once(running.child.stdout, 'data'), running.exited()])
  }
}
