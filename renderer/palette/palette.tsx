/** The palette: one field, everything that can be done or opened below it, by keyboard alone. It remembers nothing. */
import { Search } from 'lucide-react'
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import { Autocomplete } from 'react-aria-components/Autocomplete'
import { Dialog } from 'react-aria-components/Dialog'
import { Header } from 'react-aria-components/Header'
import { Input } from 'react-aria-components/Input'
import { ListBox, ListBoxItem, ListBoxSection } from 'react-aria-components/ListBox'
import { Modal, ModalOverlay } from 'react-aria-components/Modal'
import { SearchField } from 'react-aria-components/SearchField'
import { useSettings } from '../settings/settings-state.ts'
import { usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { type Command, commandsOf } from './commands.ts'
import { matching } from './match.ts'
import { fetchPaletteData, noPaletteData } from './palette-data.ts'
import { closePalette, usePalette } from './palette-state.ts'

export function Palette() {
  const { isOpen, startWith } = usePalette()
  return (
    <ModalOverlay className="scrim palette-scrim" isOpen={isOpen} onOpenChange={(next) => !next && closePalette()} isDismissable>
      <Modal className="palette">
        <Dialog className="palette-inside" aria-label={strings.palette.title}>
          <Commands key={startWith} startWith={startWith} />
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}

function Commands({ startWith }: { readonly startWith: string }) {
  const [typed, setTyped] = useState(startWith)
  const [data, setData] = useState(noPaletteData)
  useEffect(() => {
    let isGone = false
    void fetchPaletteData().then((next) => !isGone && setData(next))
    return () => {
      isGone = true
    }
  }, [])
  const overview = usePanel((state) => state.overview)
  const requests = usePanel((state) => state.requests)
  const settings = useSettings((state) => state.view)
  const commands = useMemo(() => commandsOf({ overview, requests, settings, data }), [overview, requests, settings, data])
  const shown = useMemo(() => matching(commands, typed), [commands, typed])
  const list = useRef<HTMLDivElement>(null)
  const run = (id: string | undefined) => {
    if (id === undefined || !usePalette.getState().isOpen) return
    closePalette()
    commands.find((command) => command.id === id)?.run()
  }
  // Return runs what is marked on the screen: after fast typing the list may still hold an entry that is gone.
  const runMarked = (event: KeyboardEvent) => {
    if (event.key === 'Enter') run(list.current?.querySelector<HTMLElement>('[data-focused][data-key]')?.dataset['key'] ?? shown[0]?.id)
  }
  return (
    <Autocomplete inputValue={typed} onInputChange={setTyped}>
      <SearchField className="palette-field" aria-label={strings.palette.title} autoFocus>
        <Search className="icon" size={16} strokeWidth={1.75} aria-hidden />
        <Input
          placeholder={strings.palette.placeholder}
          role="combobox"
          aria-expanded
          onKeyDown={runMarked}
          {...(shown.length === 0 ? noneActive : {})}
        />
      </SearchField>
      <ListBox
        ref={list}
        className="palette-list"
        aria-label={strings.palette.title}
        onAction={(id) => run(String(id))}
        renderEmptyState={() => <p className="palette-none">{strings.palette.none}</p>}
      >
        {[...groupsOf(shown)].map(([group, members]) => (
          <ListBoxSection key={group} id={group}>
            <Header className="palette-group">{group}</Header>
            {members.map(({ id, label, icon: Icon, hint, keys }) => (
              <ListBoxItem key={id} id={id} className="palette-item" textValue={label}>
                <Icon className="icon" size={15} strokeWidth={1.75} aria-hidden />
                <span className="palette-label clip">{label}</span>
                {hint !== undefined && <span className="palette-hint clip">{hint}</span>}
                {keys !== undefined && <kbd>{keys}</kbd>}
              </ListBoxItem>
            ))}
          </ListBoxSection>
        ))}
      </ListBox>
    </Autocomplete>
  )
}

/** What was focused last may be gone before the list has said so. */
const noneActive = { 'aria-activedescendant': '' }

function groupsOf(commands: readonly Command[]): ReadonlyMap<string, readonly Command[]> {
  return Map.groupBy(commands, ({ group }) => group)
}
