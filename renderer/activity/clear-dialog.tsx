/** Clears the ledger: which part, how many rows that is, and a button that asks twice. */
import { useEffect, useState } from 'react'
import { clearRequests, fetchFacets } from '../api/activity.ts'
import { ArmedButton } from '../parts/armed-button.tsx'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Segmented } from '../parts/segmented.tsx'
import { announce } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { failureWords } from '../words/failure-words.ts'

const words = strings.activity
const dayMs = 86_400_000
type Part = 'all' | 'day' | 'week'

const untilOf = (part: Part): string | null => (part === 'all' ? null : new Date(Date.now() - (part === 'day' ? 1 : 7) * dayMs).toISOString())

export function ClearDialog({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  const [part, setPart] = useState<Part>('all')
  const [rows, setRows] = useState<number | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    if (!isOpen) return
    let isStale = false
    const until = untilOf(part)
    setRows(null)
    fetchFacets(until === null ? {} : { until }).then(
      ({ total }) => !isStale && setRows(total),
      (error: unknown) => !isStale && setProblem(failureWords(error)),
    )
    return () => {
      isStale = true
    }
  }, [isOpen, part])
  const clear = async () => {
    try {
      const { removed } = await clearRequests(untilOf(part))
      announce(words.cleared(removed))
      setProblem(null)
      onClose()
    } catch (error) {
      setProblem(failureWords(error))
    }
  }
  return (
    <Dialog
      title={words.clearTitle}
      isOpen={isOpen}
      onClose={onClose}
      actions={
        <>
          <Button autoFocus className="push" onPress={onClose}>
            {strings.parts.cancel}
          </Button>
          <ArmedButton label={words.clearVerb(rows)} isDisabled={rows === 0} onConfirm={() => void clear()} />
        </>
      }
    >
      <p>{words.clearText}</p>
      <div className="clear-which">
        <Segmented
          aria-label={words.clearWhich}
          value={part}
          onChange={setPart}
          segments={[
            { id: 'all', label: words.clearAll },
            { id: 'day', label: words.clearDay },
            { id: 'week', label: words.clearWeek },
          ]}
        />
      </div>
      {problem !== null && <p className="form-error">{problem}</p>}
    </Dialog>
  )
}
