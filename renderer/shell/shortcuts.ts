/** The window's keys as data: the palette lists them, one listener runs them. ⌘ is Ctrl where there is no ⌘. */

import { repeatSelected } from '../inspector/repeat-state.ts'
import { closePalette, openPalette, usePalette } from '../palette/palette-state.ts'
import { go, linkTo, pageIds } from '../state/place.ts'
import { presetOf, presets } from '../state/presets.ts'
import { changeSplit, shownSetting } from '../state/split-changes.ts'
import { usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { isMac, shortcutText } from '../words/shortcut.ts'
import { setPaused } from './pause.ts'

export interface Shortcut {
  readonly id: string
  /** As on the keyboard, upper case: `K`. */
  readonly key: string
  readonly alt?: boolean
  readonly label: string
  /** False = nothing to do here; the browser may use the key. */
  readonly run: () => boolean | undefined
}

const words = strings.shell.shortcuts

export const shortcuts: readonly Shortcut[] = [
  { id: 'palette', key: 'K', label: words.palette, run: togglePalette },
  { id: 'search', key: 'F', label: words.search, run: focusSearch },
  ...pageIds.map((page, index) => ({
    id: page,
    key: String(index + 1),
    label: strings.shell.pageNames[page],
    run: () => void go(linkTo(page)),
  })),
  { id: 'open-settings', key: ',', label: words.settings, run: () => void go(linkTo('settings')) },
  { id: 'repeat', key: 'R', label: words.repeat, run: repeatSelected },
  { id: 'local-only', key: 'L', alt: true, label: words.localOnly, run: toggleLocalOnly },
  { id: 'pause', key: 'P', label: words.pause, run: togglePause },
]

export const keysOf = ({ key, alt = false }: Pick<Shortcut, 'key' | 'alt'>): string => shortcutText(key, { alt })

/** Runs the window's keys until the returned function is called. */
export function listenForShortcuts(): () => void {
  const onKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.shiftKey || !(isMac ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey)) return
    const shortcut = shortcuts.find((each) => (each.alt ?? false) === event.altKey && isKey(event, each.key))
    if (!shortcut || (isDialogOpen() && shortcut.id !== 'palette')) return
    if (shortcut.run() !== false) event.preventDefault()
  }
  addEventListener('keydown', onKey)
  return () => removeEventListener('keydown', onKey)
}

/** With ⌥ a Mac types another letter: there the key itself counts. */
const isKey = (event: KeyboardEvent, key: string): boolean => event.key.toUpperCase() === key || event.code === `Key${key}`

const isDialogOpen = (): boolean => document.querySelector('[role="dialog"], [role="alertdialog"]') !== null

function togglePalette(): undefined | boolean {
  if (usePalette.getState().isOpen) closePalette()
  else if (isDialogOpen()) return false
  else openPalette()
  return undefined
}

function focusSearch(): boolean {
  const field = document.querySelector<HTMLInputElement>('#page-search, [data-page-search]')
  field?.focus()
  field?.select()
  return field !== null
}

function toggleLocalOnly(): boolean {
  const setting = shownSetting()
  if (!setting) return false
  changeSplit(presetOf(setting) === 'local-only' ? presets['prefer-local'] : presets['local-only'])
  return true
}

function togglePause(): boolean {
  const { overview } = usePanel.getState()
  if (!overview) return false
  void setPaused(!overview.paused)
  return true
}
