/** While bodies are recorded: how long still, how much is kept, and Stop. */
import { CircleDot } from 'lucide-react'
import { Button } from '../parts/button.tsx'
import { useNow } from '../parts/relative-time.tsx'
import { strings } from '../strings/index.ts'
import { recordFor, useActivity } from './activity-state.ts'

const words = strings.activity

export function RecordingStrip() {
  const recording = useActivity((state) => state.recording)
  const now = useNow()
  const leftMs = recording?.until ? Date.parse(recording.until) - now : 0
  if (!recording || leftMs <= 0) return null
  return (
    <div className="recording-strip">
      <CircleDot className="icon" size={14} strokeWidth={2} aria-hidden />
      <b>{words.recording(Math.floor(leftMs / 60_000))}</b>
      <span className="quiet-words clip">{words.recorded(recording.count, recording.bytes, recording.days)}</span>
      <Button className="push" onPress={() => void recordFor(0)}>
        {words.stop}
      </Button>
    </div>
  )
}
