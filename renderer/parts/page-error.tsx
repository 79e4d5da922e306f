/** What failed, in its own place: the sentence, what to do, and Retry. */
import { OctagonX } from 'lucide-react'
import type { ReactNode } from 'react'
import { strings } from '../strings/index.ts'
import { Button } from './button.tsx'

export interface PageErrorProps {
  readonly title: string
  readonly how?: ReactNode
  readonly onRetry?: () => void
  /** Buttons beside Retry. */
  readonly children?: ReactNode
}

export function PageError({ title, how, onRetry, children }: PageErrorProps) {
  return (
    <section className="panel empty" role="alert">
      <h2 className="error-title">
        <OctagonX className="icon error" size={16} strokeWidth={1.75} aria-hidden />
        {title}
      </h2>
      {how !== undefined && <p className="quiet-words">{how}</p>}
      <div className="row wrap">
        {onRetry && <Button onPress={onRetry}>{strings.connection.retry}</Button>}
        {children}
      </div>
    </section>
  )
}
