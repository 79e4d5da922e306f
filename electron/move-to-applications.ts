/** Offers to move an app that was opened from a disk image or the Downloads folder: login item and updates need a place that stays. Asked once. */
import { app, dialog } from 'electron'
import type { DesktopFile } from './desktop-file.ts'

/** True = it is being moved and starts again from there. */
export async function offerToMove(file: DesktopFile): Promise<boolean> {
  if (process.platform !== 'darwin' || !app.isPackaged || app.isInApplicationsFolder() || file.get().wasMoveAsked) return false
  file.set({ wasMoveAsked: true })
  const { response } = await dialog.showMessageBox({
    type: 'question',
    message: 'Move Headgate to the Applications folder?',
    detail: 'Opening at login and updates need it there.',
    buttons: ['Move to Applications', 'Not Now'],
    defaultId: 0,
    cancelId: 1,
  })
  if (response !== 0) return false
  try {
    return app.moveToApplicationsFolder()
  } catch (error) {
    await dialog.showMessageBox({ type: 'warning', message: 'Headgate could not be moved.', detail: (error as Error).message })
    return false
  }
}
