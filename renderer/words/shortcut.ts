/** Keys as this system writes them: ⌘ and ⌥ on a Mac, Ctrl and Alt elsewhere. */

export const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform)

/** `K` → `⌘K` or `Ctrl K`; `alt` and `shift` as there. */
export function shortcutText(key: string, { alt = false, shift = false }: { readonly alt?: boolean; readonly shift?: boolean } = {}): string {
  if (isMac) return `${alt ? '⌥' : ''}${shift ? '⇧' : ''}⌘${key}`
  return ['Ctrl', alt && 'Alt', shift && 'Shift', key].filter(Boolean).join(' ')
}
