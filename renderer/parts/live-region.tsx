/** The one live region: says committed effects, never single steps. */
import { usePanel } from '../state/store.ts'

export function LiveRegion() {
  const { text, id } = usePanel((state) => state.announcement)
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      <span key={id}>{text}</span>
    </div>
  )
}
