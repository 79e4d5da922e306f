/** Changes of the split made here: shown at once, sent one after the other, the newest wins. Invariant: the slider never jumps back because of an older answer or event of ours. */
import { putSplit, resetSplit } from '../api/client.ts'
import { putOverride } from '../api/split.ts'
import type { AdminEvent, SplitSetting, SplitView } from '../api/types.ts'
import { tellMoving } from '../split/moving.ts'
import { strings } from '../strings/index.ts'
import { failureWords } from '../words/failure-words.ts'
import { isSameSetting, presetOf, settingOf } from './presets.ts'
import { announce, showToast, usePanel } from './store.ts'

/** Settings that were sent and whose event has not come back yet, in order. */
let echoes: SplitSetting[] = []
let isSending = false
let onFailure: (error: unknown) => void = () => undefined

/** Where failed calls go: the connection decides what they mean. */
export function reportFailures(to: (error: unknown) => void): void {
  onFailure = to
}

/** The setting that the panel shows: what was set here, else what the router says. */
export function shownSetting(): SplitSetting | null {
  const { wanted, split } = usePanel.getState()
  return wanted ?? (split && settingOf(split))
}

/** Sets the split. `quiet` = no undo toast: this is an undo, or a step that the user sees anyway. */
export function changeSplit(next: SplitSetting, { quiet = false } = {}): void {
  const before = shownSetting()
  if (!before || isSameSetting(before, next)) return
  const { split } = usePanel.getState()
  const override = split?.override ?? null
  usePanel.setState({ wanted: next })
  tellMoving(0)
  const isPresetLeft = presetOf(before) !== presetOf(next)
  // A lock that is named ends the one for a time: undo brings both back.
  const undo = () => {
    changeSplit(override ? { ...override.returns_to } : before, { quiet: true })
    if (override) void putOverride(override.lock, override.until ?? 'forever').catch(fail)
  }
  if (isPresetLeft && !quiet) showToast(strings.split.changed(next), undo)
  void send()
}

/** Back to what the files or the default say. */
export async function resetToBase(): Promise<void> {
  const before = shownSetting()
  const { split } = usePanel.getState()
  if (!before || !split) return
  echoes.push({ ...before, ...split.base })
  try {
    const after = await resetSplit()
    usePanel.setState({ split: after, wanted: null, problem: null })
    announce(strings.split.announced(settingOf(after)))
    if (!isSameSetting(before, after)) showToast(strings.split.changed(settingOf(after)), () => changeSplit(before, { quiet: true }))
  } catch (error) {
    echoes = []
    fail(error)
  }
}

/** A `split` event: ours come back as echoes and change nothing that is newer; any other is a change from elsewhere. */
export function takeSplitEvent(event: Extract<AdminEvent, { type: 'split' }>): void {
  const setting = settingOf(event.split)
  const echo = echoes.findIndex((sent) => isSameSetting(sent, setting))
  if (echo >= 0) {
    echoes = echoes.slice(echo + 1)
    if (echoes.length === 0 && !isSending) usePanel.setState({ split: event.split })
    return
  }
  const before = shownSetting()
  const overrideBefore = usePanel.getState().split?.override ?? null
  usePanel.setState({ split: event.split, ...(isSending ? {} : { wanted: null }) })
  if (!before || isSending || isSameSetting(before, setting)) return
  tellMoving(0)
  const override = event.split.override ?? null
  if (override?.until !== overrideBefore?.until || override?.lock !== overrideBefore?.lock) {
    // The strip shows it, with its own way back.
    announce(override ? strings.split.override.announced(override, Date.now()) : strings.split.override.ended)
    return
  }
  showToast(strings.split.changedElsewhere(setting, event.by ?? null), () => changeSplit(before, { quiet: true }))
  announce(strings.split.announced(setting))
}

/** The router's split from a full load; a change on its way stays shown. */
export function takeSplit(split: SplitView): void {
  if (!isSending) echoes = []
  usePanel.setState({ split })
}

async function send(): Promise<void> {
  if (isSending) return
  isSending = true
  let sent: SplitSetting | null = null
  try {
    const shareBefore = usePanel.getState().split?.remote_share
    for (let next = usePanel.getState().wanted; next && next !== sent; next = usePanel.getState().wanted) {
      sent = next
      echoes.push(next)
      const split = await putSplit(next)
      usePanel.setState({ split, problem: null })
      // A lock moves them whatever is wished, and requests that are drawn one by one are no conversations.
      if (next.lock === null && split.remote_share !== shareBefore && split.unit !== 'request') tellMoving(split.sessions_that_may_move ?? 0)
    }
    usePanel.setState({ wanted: null })
    if (sent) announce(strings.split.announced(sent))
  } catch (error) {
    echoes = []
    usePanel.setState({ wanted: null, toast: null })
    fail(error)
  } finally {
    isSending = false
  }
}

function fail(error: unknown): void {
  usePanel.setState({
    problem: strings.split.notChanged(failureWords(error)),
  })
  onFailure(error)
}
