/** Keeps the machine from going to sleep while work runs, and only then: requests that are answered, downloads that go on. */
import { powerSaveBlocker } from 'electron'

export interface KeepAwake {
  /** How much runs now. */
  update(running: number): void
}

export function createKeepAwake(): KeepAwake {
  let blocker: number | null = null
  return {
    update(running) {
      if (running > 0 && blocker === null) blocker = powerSaveBlocker.start('prevent-app-suspension')
      else if (running === 0 && blocker !== null) {
        powerSaveBlocker.stop(blocker)
        blocker = null
      }
    },
  }
}
