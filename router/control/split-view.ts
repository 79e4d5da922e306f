/** The split as `GET /admin/split` shows it: what is set, where from, what it would be without what a person set, and the lock for a time. */
import type { Lock } from '../core/split.ts'
import type { SplitControl } from './split-control.ts'

export interface SplitView {
  readonly remote_share: number
  readonly fallback: boolean
  /** In force: the one for a time before the setting's own. */
  readonly lock: Lock
  readonly preset: string
  readonly source: string
  readonly unit: string
  readonly selection: string
  readonly base: { readonly remote_share: number; readonly fallback: boolean; readonly lock: Lock; readonly source: string }
  readonly override: OverrideView | null
  /** Conversations that run: they draw anew when the share changes, unless they are kept. */
  readonly sessions_that_may_move: number
}

export interface OverrideView {
  readonly lock: 'local' | 'remote'
  /** ISO; null = until it is turned off. */
  readonly until: string | null
  readonly since: string
  readonly by: string
  /** What its end returns to. */
  readonly returns_to: { readonly remote_share: number; readonly fallback: boolean; readonly lock: Lock }
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
    override: overrideView(control),
    sessions_that_may_move: control.sessionsThatMayMove(),
  }
}

export function overrideView(control: SplitControl): OverrideView | null {
  const override = control.override()
  if (override === null) return null
  const { remoteShare, fallback, lock } = control.setting()
  return {
    lock: override.lock,
    until: override.until === null ? null : new Date(override.until).toISOString(),
    since: new Date(override.since).toISOString(),
    by: override.by,
    returns_to: { remote_share: remoteShare, fallback, lock },
  }
}
