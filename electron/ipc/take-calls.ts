/** Takes the panel's calls. Invariant: one that does not come from the main frame of our own origin, or has the wrong shape, does nothing. */
import { ipcMain } from 'electron'
import { argumentsOf, type Calls, type Channel } from './contract.ts'

interface Frame {
  readonly url: string
  readonly parent: unknown
}

/** `isOurs`: the panel's own address. */
export function takeCalls(calls: Calls, isOurs: (url: string) => boolean): void {
  for (const channel of Object.keys(argumentsOf) as Channel[])
    ipcMain.handle(channel, async (event, ...values: unknown[]) => {
      if (!isPanel(event.senderFrame, isOurs)) throw new Error('refused: this page is not the control panel')
      const checked = argumentsOf[channel].safeParse(values)
      if (!checked.success) throw new Error('refused: not the arguments of this call')
      return await (calls[channel] as (...checked: readonly unknown[]) => unknown)(...checked.data)
    })
}

/** A frame that is gone by now, or inside another, is nobody. */
function isPanel(frame: Frame | null, isOurs: (url: string) => boolean): boolean {
  return frame !== null && frame.parent === null && isOurs(frame.url)
}
