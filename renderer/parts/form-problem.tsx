/** What the router refuses, in its own words, at the foot of a form or beside what was pressed. */
import { OctagonX } from 'lucide-react'

export function FormProblem({ text }: { readonly text: string | null }) {
  if (text === null) return null
  return (
    <p className="form-error" role="alert">
      <OctagonX className="icon" size={14} strokeWidth={2} aria-hidden />
      {text}
    </p>
  )
}
