/** A line of text. Invariant: what is wrong with it is a sentence below it, not colour alone. In a form row the row names it and shows the sentence. */
import { OctagonX } from 'lucide-react'
import type { ReactNode } from 'react'
import { FieldError } from 'react-aria-components/FieldError'
import { Input } from 'react-aria-components/Input'
import { Label } from 'react-aria-components/Label'
import { Text } from 'react-aria-components/Text'
import { TextField as PlainTextField } from 'react-aria-components/TextField'
import { useRowNaming } from './row-label.ts'

export interface TextFieldProps {
  readonly value: string
  readonly onChange: (value: string) => void
  /** Return was pressed, or the field was left. */
  readonly onCommit?: () => void
  readonly label?: string
  readonly description?: ReactNode
  readonly error?: string | null
  /** After the field: `s`, `GB`. */
  readonly unit?: string
  readonly type?: 'text' | 'password' | 'url' | 'search'
  readonly placeholder?: string
  readonly size?: 'number' | 'wide' | 'large'
  readonly isMono?: boolean
  readonly isReadOnly?: boolean
  readonly isDisabled?: boolean
  readonly isRequired?: boolean
  readonly autoFocus?: boolean
  readonly 'aria-label'?: string
}

export function TextField(props: TextFieldProps) {
  const { value, onChange, onCommit, label, description, error = null, unit, type = 'text', placeholder, size, isMono = false, ...rest } = props
  const naming = useRowNaming()
  const inRow = 'aria-labelledby' in naming
  return (
    <PlainTextField
      {...naming}
      {...rest}
      className="text-field"
      type={type}
      value={value}
      onChange={onChange}
      isInvalid={error !== null}
      autoComplete="off"
      spellCheck="false"
      {...(onCommit === undefined
        ? {}
        : {
            onBlur: onCommit,
            onKeyDown: (event) => (event.key === 'Enter' ? onCommit() : event.continuePropagation()),
          })}
    >
      {label !== undefined && <Label className="form-label">{label}</Label>}
      <span className="row">
        <Input className={`field ${size === 'number' ? 'figure' : (size ?? '')} ${isMono ? 'mono' : ''}`} placeholder={placeholder ?? ''} />
        {unit !== undefined && <span className="unit">{unit}</span>}
      </span>
      {description !== undefined && (
        <Text slot="description" className="caption">
          {description}
        </Text>
      )}
      {!inRow && (
        <FieldError className="form-error">
          <OctagonX className="icon" size={13} strokeWidth={2} aria-hidden />
          {error}
        </FieldError>
      )}
    </PlainTextField>
  )
}
