/** Nothing here yet: a dashed box with one sentence, what to do, and the view's one black button. */
import { type ReactNode, useId } from 'react'

export interface EmptyStateProps {
  readonly title: string
  readonly text?: ReactNode
  /** Buttons, the black one first. */
  readonly children?: ReactNode
}

export function EmptyState({ title, text, children }: EmptyStateProps) {
  const id = useId()
  return (
    <section className="panel empty" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {text !== undefined && <p className="quiet-words">{text}</p>}
      {children && <div className="row wrap">{children}</div>}
    </section>
  )
}
