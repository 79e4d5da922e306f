/** What a page puts into the toolbar: its fact in grey and its search field. Invariant: there is at most one search field, and ⌘F focuses it. */
import { Search, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from 'react-aria-components/Button'
import { Input } from 'react-aria-components/Input'
import { SearchField } from 'react-aria-components/SearchField'
import { createPortal } from 'react-dom'
import { create } from 'zustand'
import { shortcutText } from '../words/shortcut.ts'

interface Slots {
  readonly fact: HTMLElement | null
  readonly search: HTMLElement | null
}

const useSlots = create<Slots>()(() => ({ fact: null, search: null }))

/** The toolbar's own elements, as their `ref`s. */
export const slotRefs = {
  fact: (fact: HTMLElement | null) => useSlots.setState({ fact }),
  search: (search: HTMLElement | null) => useSlots.setState({ search }),
}

/** `9 names, 13 deployments`, beside the page's title. */
export function PageFact({ children }: { readonly children: ReactNode }) {
  const slot = useSlots((state) => state.fact)
  return slot && createPortal(children, slot)
}

export interface PageSearchProps {
  /** `Search models` */
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
}

export function PageSearch({ label, value, onChange }: PageSearchProps) {
  const slot = useSlots((state) => state.search)
  if (!slot) return null
  return createPortal(
    <SearchField className="search" aria-label={label} value={value} onChange={onChange}>
      <Search className="icon" size={14} strokeWidth={1.75} aria-hidden />
      <Input className="search-input" id="page-search" placeholder={label} />
      {value === '' ? (
        <span className="kbd" aria-hidden="true">
          {shortcutText('F')}
        </span>
      ) : (
        <Button className="search-clear">
          <X className="icon" size={13} strokeWidth={2} aria-hidden />
        </Button>
      )}
    </SearchField>,
    slot,
  )
}
