/** `utilityProcess` of the double: a real child process whose script finds a `process.parentPort`, as in Electron. */
import { type ChildProcess, fork } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { isAbsolute } from 'node:path'
import { control, needsReady } from './control.ts'

/** Runs in the child before its script: Electron's `process.parentPort` over Node's channel. */
const parentPort = `
const { EventEmitter } = await import('node:events')
const port = Object.assign(new EventEmitter(), { postMessage: (message) => process.send?.(message), start() {}, pause() {} })
let waiting = [] // what comes before somebody listens waits, as in Electron
process.on('message', (data) => (waiting ? waiting.push(data) : port.emit('message', { data, ports: [] })))
port.on('newListener', () => setImmediate(() => {
  const early = waiting ?? []
  waiting = null
  for (const data of early) port.emit('message', { data, ports: [] })
}))
process.on('disconnect', () => process.exit(0))
process.parentPort = port
`

export class UtilityDouble extends EventEmitter {
  readonly child: ChildProcess
  readonly options: Record<string, unknown>
  pid: number | undefined
  constructor(modulePath: string, args: readonly string[], options: Record<string, unknown>) {
    super()
    needsReady('utilityProcess.fork')
    if (!isAbsolute(modulePath)) throw new TypeError(`utilityProcess.fork: ${modulePath} is not an absolute path`)
    this.options = options
    this.child = fork(modulePath, args, {
      env: (options['env'] ?? process.env) as Record<string, string>, // without env the child inherits everything
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'advanced',
      execArgv: ['--import', `data:text/javascript,${encodeURIComponent(parentPort)}`],
    })
    this.pid = this.child.pid
    this.child.on('spawn', () => this.emit('spawn'))
    this.child.on('message', (message) => this.emit('message', message))
    this.child.on('exit', (code) => {
      this.pid = undefined
      control.children = control.children.filter((other) => other !== this)
      this.emit('exit', code ?? 1)
    })
    control.children.push(this)
  }
  postMessage = (message: unknown): void => {
    if (this.child.connected) this.child.send(message as object, () => {})
  }
  kill = () => this.child.kill('SIGTERM')
}

export const utilityProcess = {
  fork: (modulePath: string, args: readonly string[] = [], options: Record<string, unknown> = {}) => new UtilityDouble(modulePath, args, options),
}
