/** A thin bar while the event stream is lost; what the page shows stays. */
import { OctagonX, RotateCcw } from 'lucide-react'
import { Button } from 'react-aria-components/Button'
import { retryNow } from '../state/connection.ts'
import { usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'

export function ConnectionBar() {
  const connection = usePanel((state) => state.connection)
  const liveAt = usePanel((state) => state.liveAt)
  if (connection === 'live') return null
  const isGone = connection === 'gone'
  const Icon = isGone ? OctagonX : RotateCcw
  return (
    <div className={`connection-bar ${isGone ? 'is-gone' : ''}`} role="status">
      <Icon className="icon" size={14} aria-hidden />
      <span>{isGone ? strings.connection.gone(location.host, liveAt, Date.now()) : strings.connection.reconnecting(liveAt, Date.now())}</span>
      <Button className="button" onPress={retryNow}>
        {strings.connection.tryNow}
      </Button>
    </div>
  )
}
