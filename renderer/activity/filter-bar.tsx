/** What the list is filtered by: menus of what there is, all / errors / fell back, and a chip for everything else that the address filters by. */
import { X } from 'lucide-react'
import { Button } from 'react-aria-components/Button'
import { Button as PlainButton } from '../parts/button.tsx'
import { Segmented } from '../parts/segmented.tsx'
import { strings } from '../strings/index.ts'
import { whyThere } from '../words/reasons.ts'
import { useActivity } from './activity-state.ts'
import { FacetMenu } from './facet-menu.tsx'
import { type FilterName, type Filters, filterNames, withFilter } from './filters.ts'
import { LedgerMenu } from './ledger-menu.tsx'

const words = strings.activity
const menus = ['tool', 'deployment', 'model', 'reason'] as const
/** The router counts kinds over so many rows. */
const countedRows = 10_000
/** Those that no other control of the bar shows. */
const chipNames = filterNames.filter((name) => !['tool', 'deployment', 'model', 'reason', 'errors', 'fell_back', 'q'].includes(name)) as Exclude<
  FilterName,
  'reason'
>[]

export interface FilterBarProps {
  readonly filters: Filters
  readonly onChange: (next: Filters) => void
  readonly isLive: boolean
  readonly total: number
}

export function FilterBar({ filters, onChange, isLive, total }: FilterBarProps) {
  const facets = useActivity((state) => state.facets)
  const set = (name: FilterName, value: string | null) => onChange(withFilter(filters, name, value))
  const kind = filters.errors ? 'errors' : filters.fell_back ? 'fell_back' : 'all'
  const setKind = (next: string) => {
    const { errors: _errors, fell_back: _moved, ...rest } = filters
    onChange(next === 'all' ? rest : { ...rest, [next]: '1' })
  }
  const chips = chipNames.filter((name) => filters[name] !== undefined)
  const isFiltered = Object.keys(filters).length > 0
  return (
    <div className="filter-bar">
      <div className="filters">
        <span className="live">
          <span className={`dot ${isLive ? 'healthy' : 'unknown'}`} aria-hidden="true" />
          <span className="live-word">{isLive ? words.live : words.stale}</span>
        </span>
        {menus.map((name) => (
          <FacetMenu
            key={name}
            name={name}
            label={words.facets[name]}
            anyLabel={words.any[name]}
            value={filters[name]}
            options={facets?.[name] ?? []}
            note={facets && facets.total > countedRows ? words.counted(countedRows) : null}
            {...(name === 'reason' ? { wordsOf: (reason: string) => whyThere(reason, null) } : {})}
            onChange={(value) => set(name, value)}
          />
        ))}
        <span className="push" />
        <Segmented
          aria-label={words.kinds}
          value={kind}
          onChange={setKind}
          segments={[
            { id: 'all', label: words.all },
            { id: 'errors', label: words.errors(facets?.errors ?? null) },
            { id: 'fell_back', label: words.fellBack(facets?.fell_back ?? null) },
          ]}
        />
        <LedgerMenu filters={filters} total={total} />
      </div>
      {isFiltered && (total > 0 || chips.length > 0) && (
        <div className="chips">
          {chips.length > 0 && <span className="quiet-words">{words.filteredBy}</span>}
          {chips.map((name) => {
            const text = words.chips[name](filters[name] ?? '')
            return (
              <Button key={name} className="chip" aria-label={words.remove(text)} onPress={() => set(name, null)}>
                <span className="clip">{text}</span>
                <X className="icon" size={12} strokeWidth={2} aria-hidden />
              </Button>
            )
          })}
          {total > 0 && (
            <PlainButton kind="quiet" onPress={() => onChange({})}>
              {words.clearFilters}
            </PlainButton>
          )}
        </div>
      )}
    </div>
  )
}
