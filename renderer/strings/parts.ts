/** The parts that every page uses. */
import { count } from '../words/figures.ts'

const ago = (ms: number): string => {
  const seconds = Math.floor(ms / 1000)
  if (seconds < 2) return 'now'
  if (seconds < 60) return `${seconds} s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`
  const days = Math.floor(seconds / 86_400)
  return days === 1 ? 'yesterday' : `${count(days)} days ago`
}

export const parts = {
  cancel: 'Cancel',
  close: 'Close',
  save: 'Save',
  returnCancels: 'Return = Cancel',
  clickAgain: 'Click again',
  setBy: (source: string) => `set by ${source}`,
  resetTo: (value: string) => `Reset to ${value}`,
  resetLabel: (label: string, value: string) => `${label}: reset to ${value}`,
  ago,
} as const
