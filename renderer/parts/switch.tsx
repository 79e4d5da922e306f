/** On or off, at once. In a form row it takes the row's name; elsewhere it needs words of its own. */
import { Switch as PlainSwitch } from 'react-aria-components/Switch'
import { useRowNaming } from './row-label.ts'

export interface SwitchProps {
  readonly isOn: boolean
  readonly onChange: (isOn: boolean) => void
  readonly label?: string
  readonly isDisabled?: boolean
  readonly 'aria-label'?: string
}

export function Switch({ isOn, onChange, label, ...rest }: SwitchProps) {
  return (
    <PlainSwitch {...useRowNaming()} {...rest} className="switch-row" isSelected={isOn} onChange={onChange}>
      <span className="switch" aria-hidden="true" />
      {label !== undefined && <span className="medium">{label}</span>}
    </PlainSwitch>
  )
}
