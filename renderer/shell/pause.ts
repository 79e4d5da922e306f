/** Pausing and resuming every request, from the keyboard and the palette. */
import { changeSetting } from '../settings/settings-state.ts'
import { usePanel } from '../state/store.ts'

export async function setPaused(paused: boolean): Promise<void> {
  if (await changeSetting('paused', paused)) usePanel.setState(({ overview }) => ({ overview: overview && { ...overview, paused } }))
}
