/** One of a few: a button with the chosen words, a list below it. */
import { Check, ChevronDown } from 'lucide-react'
import { Button } from 'react-aria-components/Button'
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox'
import { Popover } from 'react-aria-components/Popover'
import { Select as PlainSelect, SelectValue } from 'react-aria-components/Select'
import { useRowNaming } from './row-label.ts'

export interface SelectOption<Id extends string> {
  readonly id: Id
  readonly label: string
  /** A second line in grey. */
  readonly hint?: string
  readonly isDisabled?: boolean
}

export interface SelectProps<Id extends string> {
  readonly value: Id
  readonly options: readonly SelectOption<Id>[]
  readonly onChange: (id: Id) => void
  readonly isDisabled?: boolean
  readonly 'aria-label'?: string
}

export function Select<Id extends string>({ value, options, onChange, ...rest }: SelectProps<Id>) {
  return (
    <PlainSelect
      {...useRowNaming()}
      {...rest}
      className="select"
      value={value}
      onChange={(id) => id !== null && onChange(id as Id)}
      disabledKeys={options.filter(({ isDisabled }) => isDisabled).map(({ id }) => id)}
    >
      <Button className="field select-button">
        <SelectValue className="clip">{options.find(({ id }) => id === value)?.label ?? value}</SelectValue>
        <ChevronDown className="icon" size={13} strokeWidth={2} aria-hidden />
      </Button>
      <Popover className="popover" placement="bottom start" offset={4}>
        <ListBox className="menu select-list">
          {options.map(({ id, label, hint }) => (
            <ListBoxItem key={id} id={id} className="menu-item" textValue={label}>
              <span className="menu-words">
                <span>{label}</span>
                {hint !== undefined && <small>{hint}</small>}
              </span>
              <Check className="icon menu-check" size={13} strokeWidth={2} aria-hidden />
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </PlainSelect>
  )
}
