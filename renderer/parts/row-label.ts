/** How a control in a form row finds its name: the row hands its ids down, the control names itself by them. */
import { createContext, use } from 'react'

export interface RowIds {
  readonly labelId: string
  readonly captionId: string
}

export const RowLabel = createContext<RowIds | null>(null)

/** What a control in a form row carries; nothing outside of one. */
export function useRowNaming(): { 'aria-labelledby'?: string; 'aria-describedby'?: string } {
  const row = use(RowLabel)
  return row === null ? {} : { 'aria-labelledby': row.labelId, 'aria-describedby': row.captionId }
}
