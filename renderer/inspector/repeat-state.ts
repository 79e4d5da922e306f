/** Requests that were sent again from the inspector, by the id of the one they repeat; and what a request is set beside. */
import { create } from 'zustand'
import { repeatRequest } from '../api/activity.ts'
import type { Lane, RequestDetail } from '../api/types.ts'
import { announce, usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { failureWords } from '../words/failure-words.ts'

const words = strings.inspector

export interface Repeat {
  readonly lane: Lane
  readonly state: 'running' | 'done' | 'failed'
  /** The answer so far, as it came. */
  readonly reply: string
  /** ms from the press, measured here; null = not yet. */
  readonly firstMs: number | null
  readonly totalMs: number | null
  /** The request that it became; null = not known yet. */
  readonly id: string | null
  readonly problem: string | null
}

export interface RepeatState {
  readonly repeats: Readonly<Record<string, Repeat>>
  /** Id of the request that each one is compared with. */
  readonly others: Readonly<Record<string, string>>
}

export const useRepeats = create<RepeatState>()(() => ({ repeats: {}, others: {} }))

/** Whether its body is there to be sent again. */
export const canRepeat = ({ recording }: RequestDetail): boolean => recording != null && !recording.cut.body

/** Sends the selected request again, on the lane that it went to: no key sends it anywhere else. False = none is selected, or its body is not there. */
export function repeatSelected(): boolean {
  const { selectedId, details } = usePanel.getState()
  const known = selectedId === null ? undefined : details[selectedId]
  if (!known || !('detail' in known) || !canRepeat(known.detail) || known.detail.lane === null) return false
  void repeat(known.detail.id, known.detail.lane)
  return true
}

const stops = new Map<string, AbortController>()
const drawEveryMs = 60

/** Sends it once more; a second press while it runs sends nothing. */
export async function repeat(id: string, lane: Lane): Promise<void> {
  if (useRepeats.getState().repeats[id]?.state === 'running') return
  const controller = new AbortController()
  stops.set(id, controller)
  const startedAt = performance.now()
  const since = () => performance.now() - startedAt
  let drawnAt = 0
  let whole = ''
  put(id, { lane, state: 'running', reply: '', firstMs: null, totalMs: null, id: null, problem: null })
  setOther(id, null)
  try {
    const { id: newId } = await repeatRequest(
      id,
      lane,
      (reply) => {
        whole = reply
        const firstMs = useRepeats.getState().repeats[id]?.firstMs ?? since()
        if (drawnAt > 0 && since() - drawnAt < drawEveryMs) return
        drawnAt = since()
        put(id, { reply, firstMs })
      },
      controller.signal,
    )
    put(id, { state: 'done', reply: whole, totalMs: since(), id: newId })
    announce(words.repeated)
  } catch (error) {
    const problem = controller.signal.aborted ? words.repeatStopped : failureWords(error)
    put(id, { state: 'failed', reply: whole, totalMs: since(), problem })
    announce(words.repeatFailed)
  } finally {
    stops.delete(id)
  }
}

export const stopRepeat = (id: string): void => stops.get(id)?.abort()

/** Sets a request beside another of the list; null = beside nothing. */
export function setOther(id: string, other: string | null): void {
  useRepeats.setState(({ others }) => {
    const { [id]: _before, ...rest } = others
    return { others: other === null ? rest : { ...rest, [id]: other } }
  })
}

export function endComparison(id: string): void {
  stopRepeat(id)
  setOther(id, null)
  useRepeats.setState(({ repeats }) => {
    const { [id]: _gone, ...rest } = repeats
    return { repeats: rest }
  })
}

function put(id: string, change: Partial<Repeat>): void {
  useRepeats.setState(({ repeats }) => ({ repeats: { ...repeats, [id]: { ...(repeats[id] as Repeat), ...change } } }))
}
