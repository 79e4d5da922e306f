/** What can be done with the list as a whole: export what is shown, record, forget, clear. */
import { CircleDot, Download, Eraser, Square, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { exportRequests } from '../api/activity.ts'
import { call } from '../api/client.ts'
import { type MenuAction, MenuButton } from '../parts/menu-button.tsx'
import { announce } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { failureWords } from '../words/failure-words.ts'
import { loadRecording, recordFor, useActivity } from './activity-state.ts'
import { ClearDialog } from './clear-dialog.tsx'
import type { Filters } from './filters.ts'
import { saveBlob } from './save-blob.ts'

const words = strings.activity
const recordMinutes = 10

export function LedgerMenu({ filters, total }: { readonly filters: Filters; readonly total: number }) {
  const recording = useActivity((state) => state.recording)
  const [isClearing, setClearing] = useState(false)
  const isRecording = recording !== null && recording.until !== null && Date.parse(recording.until) > Date.now()
  const items: MenuAction[] = [
    { id: 'jsonl', label: words.exportJsonl, hint: words.exportHint(total), icon: Download, isDisabled: total === 0 },
    { id: 'har', label: words.exportHar, icon: Download, isDisabled: total === 0 },
    isRecording
      ? { id: 'stop', label: words.stopRecording, icon: Square }
      : { id: 'record', label: words.record, hint: words.recordHint, icon: CircleDot },
    ...(recording && recording.count > 0
      ? [{ id: 'forget', label: words.forget, hint: words.forgetHint(recording.count, recording.bytes), icon: Eraser }]
      : []),
    { id: 'clear', label: words.clear, icon: Trash2, isDanger: true },
  ]
  const run = (id: string) => {
    if (id === 'jsonl' || id === 'har') void save(id, filters)
    else if (id === 'record') void recordFor(recordMinutes)
    else if (id === 'stop') void recordFor(0)
    else if (id === 'forget') void forget()
    else setClearing(true)
  }
  return (
    <>
      <MenuButton label={words.more} items={items} onAction={run} />
      <ClearDialog isOpen={isClearing} onClose={() => setClearing(false)} />
    </>
  )
}

async function save(format: 'jsonl' | 'har', filters: Filters): Promise<void> {
  try {
    const blob = await exportRequests({ ...filters, format })
    saveBlob(blob, words.exportName(format, new Date()))
    useActivity.setState({ problem: null })
    announce(words.exported(blob.size))
  } catch (error) {
    useActivity.setState({ problem: words.notExported(failureWords(error)) })
  }
}

async function forget(): Promise<void> {
  try {
    await call('DELETE', '/admin/recordings')
    await loadRecording()
    announce(words.forgotten)
  } catch (error) {
    useActivity.setState({ problem: failureWords(error) })
  }
}
