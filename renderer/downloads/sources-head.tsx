/** The head of a panel that can be closed: title, fact in grey, and the cross. */
import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from '../parts/button.tsx'
import { strings } from '../strings/index.ts'

export interface SourcesHeadProps {
  readonly id: string
  readonly title: string
  readonly fact?: ReactNode
  /** Left out = it cannot be closed. */
  readonly onClose?: (() => void) | undefined
}

export function SourcesHead({ id, title, fact, onClose }: SourcesHeadProps) {
  return (
    <div className="head">
      <h2 id={id}>{title}</h2>
      {fact !== undefined && <span className="caption clip">{fact}</span>}
      {onClose && <Button kind="quiet" icon={X} className="push" aria-label={strings.downloads.close} onPress={onClose} />}
    </div>
  )
}
