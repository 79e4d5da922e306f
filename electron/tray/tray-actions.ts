/** Carries out what a row of the tray menu stands for. Changes of the router are made as `tray`, the way the panel makes them. */
import { clipboard } from 'electron'
import type { Desk } from '../../router/control/desk.ts'
import type { TrayAction } from './menu-row.ts'

export interface ActionParts {
  /** Null while there is no router. */
  readonly desk: () => Desk | null
  readonly show: (place: string | null) => void
  readonly flash: (text: string) => void
  readonly retry: () => void
  readonly restartToUpdate: () => void
  readonly quit: () => void
  readonly quitNow: () => void
  /** A change that the router refused, in its words. */
  readonly onRefused: (message: string) => void
}

export function createTrayActions(parts: ActionParts): (action: TrayAction) => void {
  return (action) => {
    run(action).catch((error: Error) => parts.onRefused(error.message))
  }

  async function run(action: TrayAction): Promise<void> {
    switch (action.do) {
      case 'open':
        return parts.show(null)
      case 'show':
        return parts.show(action.place)
      case 'retry':
        return parts.retry()
      case 'restart-to-update':
        return parts.restartToUpdate()
      case 'quit':
        return parts.quit()
      case 'quit-now':
        return parts.quitNow()
    }
    const desk = parts.desk()
    if (desk !== null) await change(desk, action)
  }

  async function change(
    desk: Desk,
    action: Exclude<TrayAction, { do: 'open' | 'show' | 'retry' | 'restart-to-update' | 'quit' | 'quit-now' }>,
  ): Promise<void> {
    switch (action.do) {
      case 'copy-url':
        await clipboard.writeText(`${desk.status().url}/v1`)
        return parts.flash('Copied')
      case 'copy-key':
        await clipboard.writeText((await desk.apiKey()).reveal())
        return parts.flash('Copied')
      case 'pause':
        return desk.setPaused(true)
      case 'resume':
        return desk.setPaused(false)
      case 'preset':
        return desk.setPreset(action.preset)
      case 'override':
        return desk.setOverride(action.lock, action.length)
      case 'extend-override':
        return desk.extendOverride(action.minutes)
      case 'end-override':
        return desk.endOverride()
      case 'undo-guard':
        return desk.setGuardUndone(action.kind, true)
      case 'redo-guard':
        return desk.setGuardUndone(action.kind, false)
      case 'share':
        return desk.setModelShare(action.model, action.remoteShare)
      case 'load':
        return await desk.load(action.deployment)
      case 'unload':
        return await desk.unload(action.deployment)
      case 'keep':
        return desk.setKept(action.deployment, true)
      case 'release':
        return desk.setKept(action.deployment, false)
      case 'pause-download':
        return await desk.pauseDownload(action.id)
    }
  }
}
