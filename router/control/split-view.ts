/** The split as `GET /admin/split` shows it: what is set, where from, and what it would be without the override. */
import type { SplitControl } from './split-control.ts'

export interface SplitView {
  readonly remote_share: number
  readonly fallback: boolean
  readonly lock: 'local' | 'remote' | null
  readonly preset: string
  readonly source: string
  readonly unit: string
  readonly selection: string
  readonly base: { readonly remote_share: number; readonly fallback: boolean; readonly lock: 'local' | 'remote' | null; readonly source: string }
}

export function splitView(control: SplitControl): SplitView {
  const { remoteShare, fallback, lock, source, unit, selection } = control.current()
  const base = control.base()
  return {
    remote_share: remoteShare,
    fallback,
    lock,
    preset: control.preset(),
    source,
    unit,
    selection,
    base: { remote_share: base.remoteShare, fallback: base.fallback, lock: base.lock, source: base.source },
  }
}
