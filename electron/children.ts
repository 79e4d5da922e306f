/** Children as utility processes: sandboxed by Electron's fuses (`runAsNode` is off, so fork would not run), with nothing of our environment. */
import { utilityProcess } from 'electron'
import type { Child, SpawnOptions } from '../router/core/host.ts'

export function spawnUtility({ modulePath, env }: SpawnOptions): Child {
  // `env` replaces the environment: no secret of ours reaches the engine.
  const child = utilityProcess.fork(modulePath, [], { env: { ...env }, stdio: 'ignore', serviceName: 'Headgate Engine' })
  let isGone = false
  let endedBy: NodeJS.Signals | null = null
  return {
    get pid() {
      return child.pid
    },
    send(message) {
      if (!isGone) child.postMessage(message)
    },
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) =>
      void child.once('exit', (code) => {
        isGone = true
        listener(endedBy === null ? code : null, endedBy)
      }),
    kill(signal = 'SIGTERM') {
      endedBy = signal
      // A utility process is ended gently only; one that hangs has to go.
      if (signal === 'SIGKILL' && child.pid !== undefined) process.kill(child.pid, 'SIGKILL')
      else child.kill()
    },
  }
}
