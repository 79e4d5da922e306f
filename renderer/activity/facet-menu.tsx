/** One filter of the bar: a button that names what is chosen, and a menu of what there is, with its number of requests. */
import { Check, ChevronDown } from 'lucide-react'
import { Button } from 'react-aria-components/Button'
import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu'
import { Popover } from 'react-aria-components/Popover'
import type { Counted } from '../api/activity.ts'
import { count } from '../words/figures.ts'

export interface FacetMenuProps {
  readonly name: string
  readonly label: string
  readonly anyLabel: string
  readonly value: string | undefined
  readonly options: readonly Counted[]
  /** What the numbers count, where that is not everything. */
  readonly note: string | null
  /** How a value reads; default: as it is. */
  readonly wordsOf?: (value: string) => string
  readonly onChange: (value: string | null) => void
}

const any = '\u0000any'
/** A menu is no list of everything: what is rarer is found by the search field. */
const shownOptions = 40

export function FacetMenu({ name, label, anyLabel, value, options, note, wordsOf = (text) => text, onChange }: FacetMenuProps) {
  const isMissing = value !== undefined && !options.some((option) => option.value === value)
  const shown = [...(isMissing ? [{ value, count: 0 }] : []), ...options].slice(0, shownOptions)
  return (
    <MenuTrigger>
      <Button
        className={`button facet facet-${name} ${value === undefined ? '' : 'is-set'}`}
        aria-label={value === undefined ? label : `${label}: ${wordsOf(value)}`}
      >
        <span className="clip">{value === undefined ? label : wordsOf(value)}</span>
        <ChevronDown className="icon" size={13} strokeWidth={2} aria-hidden />
      </Button>
      <Popover className="popover" placement="bottom start" offset={4}>
        <Menu
          className="menu facet-menu"
          aria-label={label}
          selectionMode="single"
          selectedKeys={[value ?? any]}
          onAction={(key) => onChange(key === any ? null : String(key))}
        >
          {[{ value: any, count: null }, ...shown].map((option) => {
            const text = option.value === any ? anyLabel : wordsOf(option.value)
            return (
              <MenuItem key={option.value} id={option.value} className="menu-item" textValue={text}>
                {({ isSelected }) => (
                  <>
                    <span className="facet-check">{isSelected && <Check className="icon" size={13} strokeWidth={2} aria-hidden />}</span>
                    <span className="clip">{text}</span>
                    {option.count !== null ? <small>{count(option.count)}</small> : note !== null && <small>{note}</small>}
                  </>
                )}
              </MenuItem>
            )
          })}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}
