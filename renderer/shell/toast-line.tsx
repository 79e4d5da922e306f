/** The undo toast: bottom centre, ten seconds, longer while it is pointed at or has the focus. ⌘Z does the same. */
import { SlidersHorizontal, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button } from 'react-aria-components/Button'
import { dismissToast, usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'

const shownForMs = 10_000

export function ToastLine() {
  const toast = usePanel((state) => state.toast)
  const [isHeld, setHeld] = useState(false)
  useEffect(() => {
    if (!toast || isHeld) return
    const timer = setTimeout(dismissToast, shownForMs)
    return () => clearTimeout(timer)
  }, [toast, isHeld])
  useEffect(() => {
    if (!toast) {
      setHeld(false)
      return
    }
    const undoOnKey = (event: KeyboardEvent) => {
      if (event.key !== 'z' || !(event.metaKey || event.ctrlKey) || event.shiftKey || isTextField(event.target)) return
      event.preventDefault()
      dismissToast()
      toast.undo()
    }
    addEventListener('keydown', undoOnKey)
    return () => removeEventListener('keydown', undoOnKey)
  }, [toast])
  if (!toast) return null
  return (
    <section
      className="toast-line"
      aria-label={strings.split.undo}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <div className="toast" key={toast.id}>
        <SlidersHorizontal className="icon" size={15} aria-hidden />
        <span>{toast.text}</span>
        <Button
          className="button quiet strong"
          onPress={() => {
            dismissToast()
            toast.undo()
          }}
        >
          {strings.split.undo}
        </Button>
        <Button className="button quiet icon-only" aria-label={strings.split.dismiss} onPress={dismissToast}>
          <X className="icon" size={14} aria-hidden />
        </Button>
      </div>
    </section>
  )
}

/** There ⌘Z undoes typing. */
const isTextField = (target: EventTarget | null): boolean =>
  target instanceof HTMLInputElement && target.type !== 'radio' && target.type !== 'checkbox'
