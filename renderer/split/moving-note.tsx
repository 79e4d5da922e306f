/** After a change of the share: how many conversations that run draw anew, and the way to keep them where they are. */
import { MessagesSquare } from 'lucide-react'
import { useEffect } from 'react'
import { keepSessions } from '../api/split.ts'
import { Button } from '../parts/button.tsx'
import { announce } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { tellMoving, useMoving } from './moving.ts'

/** So long the question stands. */
const shownForMs = 20_000

export function MovingNote() {
  const { sessions, id } = useMoving()
  useEffect(() => {
    if (sessions === 0) return
    const timer = setTimeout(() => tellMoving(0), shownForMs)
    return () => clearTimeout(timer)
  }, [sessions, id])
  if (sessions === 0) return null
  const keep = async () => {
    tellMoving(0)
    await keepSessions().then(
      () => announce(strings.split.moving.kept),
      () => tellMoving(sessions),
    )
  }
  return (
    <div className="note moving">
      <MessagesSquare className="icon" size={14} strokeWidth={1.75} aria-hidden />
      <span>
        {strings.split.moving.text(sessions)}{' '}
        <Button className="text-link" onPress={() => void keep()}>
          {strings.split.moving.keep}
        </Button>
      </span>
    </div>
  )
}
