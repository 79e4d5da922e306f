/** A name that is known or any other: typed, or chosen from the list that opens below. */
import { ChevronDown } from 'lucide-react'
import { Button } from 'react-aria-components/Button'
import { ComboBox } from 'react-aria-components/ComboBox'
import { Input } from 'react-aria-components/Input'
import { Label } from 'react-aria-components/Label'
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox'
import { Popover } from 'react-aria-components/Popover'

/** A long list is narrowed by typing, not by scrolling. */
const shownAtMost = 100

export interface NameFieldProps {
  readonly value: string
  readonly names: readonly string[]
  readonly onChange: (value: string) => void
  readonly label?: string
  readonly placeholder?: string
  readonly 'aria-label'?: string
}

export function NameField({ value, names, onChange, label, placeholder = '', ...rest }: NameFieldProps) {
  const wanted = value.trim().toLowerCase()
  const found = (names.includes(value) ? names : names.filter((name) => name.toLowerCase().includes(wanted))).slice(0, shownAtMost)
  return (
    <ComboBox
      {...rest}
      className="text-field name-field"
      allowsCustomValue
      allowsEmptyCollection={false}
      inputValue={value}
      onInputChange={onChange}
      onChange={(chosen) => chosen !== null && onChange(String(chosen))}
      defaultFilter={() => true}
      items={found.map((id) => ({ id }))}
    >
      {label !== undefined && <Label className="form-label">{label}</Label>}
      <span className="name-field-box">
        <Input className="field" placeholder={placeholder} spellCheck="false" autoComplete="off" />
        {names.length > 0 && (
          <Button className="name-field-open">
            <ChevronDown className="icon" size={13} strokeWidth={2} aria-hidden />
          </Button>
        )}
      </span>
      <Popover className="popover" placement="bottom start" offset={4}>
        <ListBox className="menu select-list">
          {({ id }: { id: string }) => (
            <ListBoxItem id={id} className="menu-item" textValue={id}>
              <span className="clip">{id}</span>
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </ComboBox>
  )
}
