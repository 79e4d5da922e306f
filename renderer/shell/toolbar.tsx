/** The toolbar: the page's name and its fact, the split pill, the page's search field, the palette's button. What a page puts in comes through `parts/page-toolbar.tsx`. */
import { Command } from 'lucide-react'
import { Button } from 'react-aria-components/Button'
import { openPalette } from '../palette/palette-state.ts'
import { slotRefs } from '../parts/page-toolbar.tsx'
import { SplitPill } from '../split/split-pill.tsx'
import { usePlace } from '../state/place.ts'
import { strings } from '../strings/index.ts'
import { isMac } from '../words/shortcut.ts'
import { BaseUrl } from './base-url.tsx'

export function Toolbar() {
  const { page } = usePlace()
  const shortcut = isMac ? 'K' : 'Ctrl K' // a Mac's ⌘ is drawn beside it
  return (
    <header className="toolbar">
      <h1>{strings.shell.pageNames[page]}</h1>
      <div className="page-fact">
        {page === 'overview' && <BaseUrl />}
        <span ref={slotRefs.fact} />
      </div>
      <SplitPill />
      <div className="search-slot" ref={slotRefs.search} />
      <Button
        className="button quiet palette-button"
        aria-label={strings.shell.openPalette(shortcut)}
        aria-keyshortcuts="Meta+K Control+K"
        onPress={() => openPalette()}
      >
        {isMac && <Command className="icon" size={14} strokeWidth={1.75} aria-hidden />}
        <span className="kbd" aria-hidden="true">
          {shortcut}
        </span>
      </Button>
    </header>
  )
}
