/** Standing problems: a row each, as long as they stand; what is wrong, then what to do. */
import { OctagonX, Pause, TriangleAlert } from 'lucide-react'
import { Button } from 'react-aria-components/Button'
import { resumeRequests } from '../state/connection.ts'
import { usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'

export function Problems() {
  const problems = usePanel((state) => state.overview?.problems)
  const isPaused = usePanel((state) => state.overview?.paused ?? false)
  if (!isPaused && (problems === undefined || problems.length === 0)) return null
  return (
    <ul className="problems">
      {isPaused && (
        <li className="problem warn">
          <Pause className="icon" size={15} aria-hidden />
          <span>
            <b>{strings.problems.paused}</b> {strings.problems.pausedHow}
          </span>
          <Button className="button push" onPress={() => void resumeRequests()}>
            {strings.problems.resume}
          </Button>
        </li>
      )}
      {problems?.map(({ level, message, how_to_fix }) => {
        const Icon = level === 'error' ? OctagonX : TriangleAlert
        return (
          <li key={message} className={`problem ${level}`}>
            <Icon className="icon" size={15} role="img" aria-label={strings.problems[level]} />
            <span>
              <b>{message}</b> {how_to_fix}
            </span>
          </li>
        )
      })}
    </ul>
  )
}
