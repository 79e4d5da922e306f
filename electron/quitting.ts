/** The end: asks while requests run, lets the router stop, and only then lets the app go. Invariant: no answer is cut without a person having said so, and a shutdown of the machine is never held up by a question. */
import { app, dialog } from 'electron'

export interface Quitting {
  /** As the menu does it. `exit` ends the process once everything has stopped; left out = the app quits. */
  quit(exit?: () => void): void
  /** Nothing is asked, nothing is waited for. */
  quitNow(): void
  /** Waits for the last answers. */
  isWaiting(): boolean
  /** The router has stopped: what happens now only ends the process. */
  isOver(): boolean
  /** The system is going down. */
  shutdown(): void
}

export interface QuittingParts {
  readonly running: () => number
  /** Resolves when the router has stopped. `drainMs`: how long answers may go on. */
  readonly stop: (drainMs: number) => Promise<void>
  readonly onChange: () => void
  /** Windows and tray go. */
  readonly onEnd: () => void
}

type State = 'running' | 'asking' | 'waiting' | 'stopping' | 'over'

/** A timer cannot wait longer than 2^31 ms. */
const UNTIL_DONE_MS = 2 ** 31 - 1 - 1_000
const SHUTDOWN_MS = 1_500

export function createQuitting({ running, stop, onChange, onEnd }: QuittingParts): Quitting {
  let state = 'running' as State
  let exit = (): void => app.quit()

  async function end(drainMs: number): Promise<void> {
    state = drainMs === UNTIL_DONE_MS ? 'waiting' : 'stopping'
    onChange()
    await stop(drainMs).catch(() => {}) // what did not close was told
    if ((state as State) === 'over') return
    state = 'over'
    onEnd()
    exit()
  }

  async function ask(): Promise<void> {
    const count = running()
    if (count === 0) return end(0)
    state = 'asking'
    const { response } = await dialog.showMessageBox({
      type: 'question',
      message: count === 1 ? '1 request is running.' : `${count} requests are running.`,
      detail: 'Quit when done lets them finish; new ones are refused until then.',
      buttons: ['Quit When Done', 'Quit Now', 'Cancel'],
      defaultId: 0,
      cancelId: 2,
    })
    if (state !== 'asking') return // the machine went down meanwhile
    state = 'running'
    if (response === 2) {
      exit = () => app.quit()
      return
    }
    await end(response === 0 ? UNTIL_DONE_MS : 0)
  }

  app.on('before-quit', (event) => {
    if (state === 'over') return
    event.preventDefault()
    if (state === 'running') void ask()
  })

  return {
    quit(last = () => app.quit()) {
      exit = last
      app.quit()
    },
    quitNow: () => void end(0),
    isWaiting: () => state === 'waiting',
    isOver: () => state === 'over',
    shutdown() {
      if (state !== 'over') void end(SHUTDOWN_MS)
    },
  }
}
