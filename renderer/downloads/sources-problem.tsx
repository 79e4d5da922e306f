/** What could not be done, in its own place inside a panel: the sentence, what to do, and Retry. */
import { OctagonX } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from '../parts/button.tsx'
import { strings } from '../strings/index.ts'

export interface SourcesProblemProps {
  readonly title: string
  readonly how: ReactNode | null
  /** Null = another try does not help. */
  readonly onRetry: (() => void) | null
  readonly children?: ReactNode
}

export function SourcesProblem({ title, how, onRetry, children }: SourcesProblemProps) {
  return (
    <div className="sources-problem" role="alert">
      <p className="note is-error">
        <OctagonX className="icon" size={14} aria-hidden />
        <span>
          <b>{title}</b> {how}
        </span>
      </p>
      {onRetry && <Button onPress={onRetry}>{strings.connection.retry}</Button>}
      {children}
    </div>
  )
}
