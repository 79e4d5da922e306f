/** A lock for a time: set, made longer, ended; each can be undone. */
import { deleteOverride, extendOverride, type OverrideLength, type OverrideView, putOverride } from '../api/split.ts'
import type { Lane } from '../api/types.ts'
import { announce, showToast, usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { tryInSplit } from './try-in-split.ts'

const words = strings.split.override

export async function setOverride(lock: Lane, length: OverrideLength): Promise<void> {
  const before = usePanel.getState().split?.override ?? null
  await tryInSplit(async () => {
    const override = await putOverride(lock, length)
    take(override)
    announce(words.announced(override, Date.now()))
    showToast(words.set(override, Date.now()), () => void (before ? restore(before) : endOverride()))
  })
}

export const extend = (): Promise<void> => tryInSplit(async () => take(await extendOverride()))

export async function endOverride(): Promise<void> {
  const before = usePanel.getState().split?.override ?? null
  await tryInSplit(async () => {
    const split = await deleteOverride()
    usePanel.setState({ split, wanted: null })
    announce(words.ended)
    if (before) showToast(words.endedThen(before), () => void restore(before))
  })
}

/** As it was, with its own end. */
export const restore = ({ lock, until }: OverrideView): Promise<void> => tryInSplit(async () => take(await putOverride(lock, until ?? 'forever')))

function take(override: OverrideView): void {
  const { split } = usePanel.getState()
  if (split) usePanel.setState({ split: { ...split, override, lock: override.lock }, wanted: null })
}
