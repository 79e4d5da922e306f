/** One setting as a row: label and caption, control, and at the right what it would be without the change. Set by a file: a padlock names the place. */
import { Lock, OctagonX, RotateCcw } from 'lucide-react'
import { type ReactNode, useId } from 'react'
import { strings } from '../strings/index.ts'
import { Button } from './button.tsx'
import { RowLabel } from './row-label.ts'

export interface FormRowProps {
  readonly label: string
  readonly caption?: ReactNode
  /** `routing.yaml:4`: the value comes from there, and the control is read-only. */
  readonly setBy?: string | null
  /** The change can be taken back: what it is reset to, in words. */
  readonly resetTo?: string | null
  readonly onReset?: () => void
  /** A sentence; the control shows the red edge itself. */
  readonly error?: string | null
  readonly children?: ReactNode
  /** At the right, in place of the reset. */
  readonly trailing?: ReactNode
}

export function FormRow({ label, caption, setBy = null, resetTo = null, onReset, error = null, children, trailing }: FormRowProps) {
  const labelId = useId()
  const captionId = useId()
  return (
    <div className="form-row">
      <div className="form-words">
        <span className="form-name" id={labelId}>
          {label}
        </span>
        <span className="form-caption" id={captionId}>
          {setBy !== null && (
            <span className="form-source">
              <Lock className="icon" size={11} strokeWidth={2} aria-hidden />
              {strings.parts.setBy(setBy)}
            </span>
          )}
          {caption}
          {error !== null && (
            <span className="form-error" role="alert">
              <OctagonX className="icon" size={13} strokeWidth={2} aria-hidden />
              {error}
            </span>
          )}
        </span>
      </div>
      <div className="form-control">
        <RowLabel value={{ labelId, captionId }}>{children}</RowLabel>
      </div>
      <div className="form-trailing">
        {resetTo !== null && onReset ? (
          <Button kind="quiet" icon={RotateCcw} onPress={onReset} aria-label={strings.parts.resetLabel(label, resetTo)}>
            {strings.parts.resetTo(resetTo)}
          </Button>
        ) : (
          trailing
        )}
      </div>
    </div>
  )
}

/** The box that rows stand in, with a heading above it. */
export function FormSection({ title, note, children }: { readonly title: string; readonly note?: ReactNode; readonly children: ReactNode }) {
  const id = useId()
  return (
    <section className="form-section" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {note && <p className="caption">{note}</p>}
      <div className="panel form">{children}</div>
    </section>
  )
}
