/** Whether the palette is open, and with which list first. */
import { create } from 'zustand'

export const usePalette = create<{ readonly isOpen: boolean; readonly startWith: string }>()(() => ({ isOpen: false, startWith: '' }))

/** `startWith` is typed into its field: the list of shortcuts opens that way. */
export const openPalette = (startWith = ''): void => usePalette.setState({ isOpen: true, startWith })
export const closePalette = (): void => usePalette.setState({ isOpen: false, startWith: '' })
