/** A box to tick, with its words beside it or a name of its own. */
import { Check, Minus } from 'lucide-react'
import type { ReactNode } from 'react'
import { Checkbox } from 'react-aria-components/Checkbox'

export interface CheckBoxProps {
  readonly isSelected: boolean
  readonly onChange: (isSelected: boolean) => void
  readonly isIndeterminate?: boolean
  readonly isDisabled?: boolean
  readonly children?: ReactNode
  readonly 'aria-label'?: string
}

export function CheckBox({ children, ...rest }: CheckBoxProps) {
  return (
    <Checkbox className="tick" {...rest}>
      {({ isSelected, isIndeterminate }) => (
        <>
          <span className="tick-box" aria-hidden="true">
            {isIndeterminate ? <Minus size={11} strokeWidth={3} /> : isSelected ? <Check size={11} strokeWidth={3} /> : null}
          </span>
          {children}
        </>
      )}
    </Checkbox>
  )
}
