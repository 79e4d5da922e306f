/** Every kind of provider, searchable: those away first, then those that run here. */
import { ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { Header } from 'react-aria-components/Header'
import { ListBox, ListBoxItem, ListBoxSection } from 'react-aria-components/ListBox'
import type { ProviderKind } from '../api/providers.ts'
import { TextField } from '../parts/text-field.tsx'
import { strings } from '../strings/index.ts'

const words = strings.providers.form

export function KindList({ kinds, onChoose }: { kinds: readonly ProviderKind[]; onChoose: (kind: string) => void }) {
  const [search, setSearch] = useState('')
  const wanted = search.trim().toLowerCase()
  const found = kinds.filter(({ kind, label }) => `${kind} ${label}`.toLowerCase().includes(wanted))
  const groups = [
    { label: words.remote, kinds: found.filter(({ local }) => !local) },
    { label: words.near, kinds: found.filter(({ local }) => local) },
  ].filter((group) => group.kinds.length > 0)
  return (
    <div className="kind-choice">
      <TextField
        aria-label={words.searchKinds}
        type="search"
        size="wide"
        placeholder={words.searchKinds}
        value={search}
        onChange={setSearch}
        autoFocus
      />
      {found.length === 0 ? (
        <p className="caption kind-none">{words.noKind}</p>
      ) : (
        <ListBox className="kind-list" aria-label={words.kinds} selectionMode="none" onAction={(kind) => onChoose(String(kind))}>
          {groups.map((group) => (
            <ListBoxSection key={group.label}>
              <Header className="kind-head">{group.label}</Header>
              {group.kinds.map(({ kind, label, base_url }) => (
                <ListBoxItem key={kind} id={kind} className="kind" textValue={label}>
                  <span className="medium">{label}</span>
                  <span className="quiet-words clip">{base_url === null ? words.custom : new URL(base_url).host}</span>
                  <ChevronRight className="icon" size={14} strokeWidth={1.75} aria-hidden />
                </ListBoxItem>
              ))}
            </ListBoxSection>
          ))}
        </ListBox>
      )}
    </div>
  )
}
