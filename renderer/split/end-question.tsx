/** "Lock to this Mac, or prefer it?", asked once per end of the track. It takes no focus: the next Tab reaches it, Esc leaves things as they are. */
import { Lock } from 'lucide-react'
import { Button } from 'react-aria-components/Button'
import type { Lane } from '../api/types.ts'
import { strings } from '../strings/index.ts'

const storageKey = (end: Lane) => `headgate.asked.${end}`

export function wasAsked(end: Lane): boolean {
  try {
    return localStorage.getItem(storageKey(end)) !== null
  } catch {
    return false
  }
}

export function rememberAsked(end: Lane): void {
  try {
    localStorage.setItem(storageKey(end), '1')
  } catch {
    // Without storage it is asked again after a reload.
  }
}

export function EndQuestion({ end, onPrefer, onLock }: { end: Lane; onPrefer: () => void; onLock: () => void }) {
  const words = strings.split.endQuestion[end]
  return (
    <div className={`end-question ${end}`} role="dialog" aria-label={words.title}>
      <div className="medium">{words.title}</div>
      <div className="caption">{words.text}</div>
      <div className="row">
        <Button className="button primary" onPress={onPrefer}>
          {words.prefer}
        </Button>
        <Button className="button" onPress={onLock}>
          <Lock className="icon" size={14} aria-hidden />
          {words.lock}
        </Button>
      </div>
    </div>
  )
}
