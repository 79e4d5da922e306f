/** The panel's button: edged as usual, one black (`primary`) per view, quiet without edge, red for what destroys. */
import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button as PlainButton, type ButtonProps as PlainProps } from 'react-aria-components/Button'

export interface ButtonProps extends Omit<PlainProps, 'className' | 'style' | 'children'> {
  readonly kind?: 'edged' | 'primary' | 'quiet' | 'danger'
  readonly isLarge?: boolean
  readonly icon?: LucideIcon
  /** Without words the button needs an `aria-label`. */
  readonly children?: ReactNode
  readonly className?: string
}

export function Button({ kind = 'edged', isLarge = false, icon: Icon, children, className = '', ...rest }: ButtonProps) {
  const isBare = children === undefined
  return (
    <PlainButton {...rest} className={`button ${kind} ${isLarge ? 'large' : ''} ${isBare ? 'icon-only' : ''} ${className}`}>
      {Icon && <Icon className="icon" size={14} strokeWidth={1.75} aria-hidden />}
      {children}
    </PlainButton>
  )
}
