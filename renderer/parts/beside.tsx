/** Something beside the page, full height, not a modal: where the inspector of a request stands on other pages. Esc closes it. */
import { X } from 'lucide-react'
import { type ReactNode, useEffect, useEffectEvent, useId, useRef } from 'react'
import { createPortal } from 'react-dom'
import { Button } from './button.tsx'

export interface BesideProps {
  readonly title: string
  readonly closeLabel: string
  readonly onClose: () => void
  readonly children: ReactNode
  /** Beside the title. */
  readonly badge?: ReactNode
}

export function Beside({ title, closeLabel, onClose, badge, children }: BesideProps) {
  const id = useId()
  const aside = useRef<HTMLElement>(null)
  const close = useEffectEvent((event: KeyboardEvent) => {
    if (event.key === 'Escape' && !event.defaultPrevented && !document.querySelector('[role="dialog"], [role="alertdialog"], [role="menu"]'))
      onClose()
  })
  useEffect(() => {
    addEventListener('keydown', close)
    return () => removeEventListener('keydown', close)
  }, [])
  const place = document.querySelector('.beside')
  if (!place) return null
  return createPortal(
    <aside className="inspector" aria-labelledby={id} ref={aside}>
      <header className="inspector-title">
        <h2 id={id}>{title}</h2>
        {badge}
      </header>
      <Button kind="quiet" icon={X} className="inspector-close" aria-label={closeLabel} onPress={onClose} />
      {children}
    </aside>,
    place,
  )
}
