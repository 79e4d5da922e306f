/** Says where the icon is when the menu bar has no room for it, or the system hides it: once, when somebody opens the app again. */
import { dialog, type Rectangle, screen } from 'electron'
import type { DesktopFile } from '../desktop-file.ts'

export function explainHiddenIcon(icon: Rectangle, file: DesktopFile): void {
  if (process.platform !== 'darwin' || file.get().wasIconExplained) return
  if (
    isVisible(
      icon,
      screen.getAllDisplays().map(({ bounds }) => bounds),
    )
  )
    return
  file.set({ wasIconExplained: true })
  void dialog.showMessageBox({
    type: 'info',
    message: 'Headgate’s icon is hidden.',
    detail: 'The menu bar has no room for it, or System Settings → Menu Bar switches it off. Headgate runs all the same; open it again to get here.',
  })
}

/** An icon without a place has no size, or lies outside every display. */
export function isVisible({ x, y, width, height }: Rectangle, displays: readonly Rectangle[]): boolean {
  return (
    width > 0 && height > 0 && displays.some((each) => x >= each.x && x + width <= each.x + each.width && y >= each.y - 1 && y < each.y + each.height)
  )
}
