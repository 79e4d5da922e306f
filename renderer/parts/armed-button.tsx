/** Deletes on the second press: the first one arms it for four seconds and says so, on the button and to screen readers. */
import { useEffect, useState } from 'react'
import { announce } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { Button } from './button.tsx'

const armedForMs = 4000

export interface ArmedButtonProps {
  /** The verb and what it costs: `Delete · 4.1 GB`. */
  readonly label: string
  readonly onConfirm: () => void
  readonly isDisabled?: boolean
  readonly 'aria-label'?: string
}

export function ArmedButton({ label, onConfirm, isDisabled = false, ...rest }: ArmedButtonProps) {
  const [isArmed, setArmed] = useState(false)
  useEffect(() => {
    if (!isArmed) return
    const timer = setTimeout(() => setArmed(false), armedForMs)
    return () => clearTimeout(timer)
  }, [isArmed])
  const press = () => {
    setArmed(!isArmed)
    if (isArmed) onConfirm()
    else announce(strings.parts.clickAgain)
  }
  const name = isArmed ? strings.parts.clickAgain : rest['aria-label']
  return (
    <Button
      kind="danger"
      className={isArmed ? 'armed' : ''}
      isDisabled={isDisabled}
      onPress={press}
      onBlur={() => setArmed(false)}
      {...(name === undefined ? {} : { 'aria-label': name })}
    >
      {isArmed ? strings.parts.clickAgain : label}
    </Button>
  )
}
