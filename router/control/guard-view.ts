/** What moves requests by itself now, as the panel and the tray show it. */
import type { ActiveGuard, GuardKind } from '../core/guard.ts'
import type { SplitSetting } from '../core/split.ts'

export interface GuardView {
  readonly kind: GuardKind | 'budget'
  /** ISO time; null = not known (a budget). */
  readonly since: string | null
  /** A person undid it until then; null = it acts. */
  readonly undone_until: string | null
  /** Why it moves nothing although it fires. */
  readonly overruled: 'locked-local' | 'locked-remote' | 'no-fallback' | null
  /** In words, where there is more to say. */
  readonly detail: string | null
}

/** `usedUp`: budgets that are used up, each in words. `setting`: the split in force. */
export function guardViews(
  active: readonly ActiveGuard[],
  usedUp: readonly string[],
  setting: Pick<SplitSetting, 'lock' | 'fallback'>,
): readonly GuardView[] {
  const overruled = setting.lock === 'local' ? 'locked-local' : setting.lock === 'remote' ? 'locked-remote' : setting.fallback ? null : 'no-fallback'
  return [
    ...active.map(
      ({ kind, since, undoneUntil }): GuardView => ({
        kind,
        since: new Date(since).toISOString(),
        undone_until: undoneUntil === null ? null : new Date(undoneUntil).toISOString(),
        overruled,
        detail: null,
      }),
    ),
    ...usedUp.map((detail): GuardView => ({ kind: 'budget', since: null, undone_until: null, overruled, detail })),
  ]
}
