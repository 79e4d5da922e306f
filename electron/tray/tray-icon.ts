/** The icon in the menu bar with its menu. Invariant: the menu is never replaced while it is open; nothing runs while nothing changes. */
import { join } from 'node:path'
import { Menu, type MenuItemConstructorOptions, type NativeImage, nativeImage, systemPreferences, Tray } from 'electron'
import { type IconName, iconFile, iconNames, iconOf } from './icon.ts'
import { menuOf } from './menu.ts'
import type { MenuRow, TrayAction } from './menu-row.ts'
import type { Situation } from './situation.ts'
import { tooltipOf, trayTextOf } from './tooltip.ts'

/** Keeps the icon's place in the menu bar over updates. */
const GUID = '6b1a3f0e-6c0e-4d0f-9a57-2f6f7d1c4777'
const PULSE_MS = 600
const FLASH_MS = 1_200

export interface TrayIcon {
  /** What it shows may have changed. */
  update(): void
  /** A word beside the icon for a moment: "Copied". */
  flash(text: string): void
  bounds(): Electron.Rectangle
  destroy(): void
}

export interface TrayParts {
  readonly iconFolder: string
  readonly situation: () => Situation
  readonly act: (action: TrayAction) => void
}

export function createTrayIcon({ iconFolder, situation, act }: TrayParts): TrayIcon {
  const images = new Map<IconName, NativeImage>(iconNames.map((name) => [name, imageOf(iconFolder, name)]))
  const tray = new Tray(images.get('idle') as NativeImage, GUID)
  let isOpen = false
  let isStale = false
  let menu: Menu | null = null
  let built = ''
  let shown: IconName | null = null
  let pulse: NodeJS.Timeout | null = null
  let flashing: NodeJS.Timeout | null = null
  tray.setIgnoreDoubleClickEvents(true)

  function update(): void {
    const now = situation()
    drawIcon(now)
    tray.setToolTip(tooltipOf(now))
    if (flashing === null) tray.setTitle(trayTextOf(now), { fontType: 'monospacedDigit' })
    if (isOpen) {
      isStale = true
      return
    }
    isStale = false
    const rows = menuOf(now)
    const text = JSON.stringify(rows)
    if (text === built) return
    built = text
    menu = Menu.buildFromTemplate(rows.map((row) => itemOf(row, chosen)))
    menu.on('menu-will-show', () => {
      isOpen = true
    })
    menu.on('menu-will-close', () => {
      isOpen = false
      // A click is handled after its menu has closed: rebuilt in the next turn, the row that was clicked is still there.
      if (isStale) setImmediate(() => !tray.isDestroyed() && update())
    })
    tray.setContextMenu(menu)
  }

  /** The system checks a radio by itself: if nothing came of the click, the menu has to say so again. */
  function chosen(action: TrayAction): void {
    built = ''
    act(action)
    if (!tray.isDestroyed()) update()
  }

  function drawIcon(now: Situation): void {
    const { name, isPulsing } = iconOf(now)
    if (isPulsing && pulse === null && !systemPreferences.getAnimationSettings().prefersReducedMotion) {
      let isDim = false
      pulse = setInterval(() => {
        isDim = !isDim
        draw(isDim ? 'pulse' : 'loaded')
      }, PULSE_MS)
    }
    if (!isPulsing && pulse !== null) {
      clearInterval(pulse)
      pulse = null
    }
    if (pulse === null) draw(name)
  }

  function draw(name: IconName): void {
    if (name === shown) return
    shown = name
    tray.setImage(images.get(name) as NativeImage)
  }

  return {
    update,
    flash(text) {
      if (flashing) clearTimeout(flashing)
      tray.setTitle(text)
      flashing = setTimeout(() => {
        flashing = null
        if (!tray.isDestroyed()) update()
      }, FLASH_MS)
    },
    bounds: () => tray.getBounds(),
    destroy() {
      if (pulse) clearInterval(pulse)
      if (flashing) clearTimeout(flashing)
      tray.destroy()
    },
  }
}

function imageOf(folder: string, name: IconName): NativeImage {
  const image = nativeImage.createFromPath(join(folder, iconFile(name)))
  image.setTemplateImage(true)
  return image
}

const isMac = process.platform === 'darwin'

/** macOS has headers, second lines and badges; elsewhere they stand in the label. */
function itemOf(row: MenuRow, act: (action: TrayAction) => void): MenuItemConstructorOptions {
  const { id, label, sublabel, badge, type, isChecked, isEnabled, accelerator, action, submenu } = row
  const words = isMac ? label : [label, sublabel, badge].filter(Boolean).join(' – ')
  return {
    ...(id === undefined ? {} : { id }),
    ...(words === undefined ? {} : { label: words }),
    ...(isMac && sublabel !== undefined ? { sublabel } : {}),
    ...(isMac && badge !== undefined ? { badge: { type: 'none' as const, content: badge } } : {}),
    ...(type === undefined ? {} : type === 'header' && !isMac ? { enabled: false } : { type }),
    ...(isChecked === undefined ? {} : { checked: isChecked }),
    ...(isEnabled === undefined ? {} : { enabled: isEnabled }),
    // Shown only: a tray menu takes keys while it is open; registered, they would be the whole system's.
    ...(accelerator === undefined ? {} : { accelerator, registerAccelerator: false }),
    ...(action === undefined ? {} : { click: () => act(action) }),
    ...(submenu === undefined ? {} : { submenu: submenu.map((each) => itemOf(each, act)) }),
  }
}
