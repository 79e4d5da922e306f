/** Guards: what moves requests by itself, and what is known of each. Rules in the design page of the split, "Guards". */

/** Those that a person can switch, and undo until tomorrow. Memory, queue and budget act where their deployment stands. */
export const guardKinds = ['offline', 'battery', 'thermal'] as const
export type GuardKind = (typeof guardKinds)[number]

/** What sends new conversations to the other lane now. */
export interface MovingGuard {
  readonly reason: Extract<GuardKind, 'battery' | 'thermal'>
  /** In words: `this machine runs on battery`. */
  readonly detail: string
}

/** A guard that fires now. */
export interface ActiveGuard {
  readonly kind: GuardKind
  /** Wall clock, ms. */
  readonly since: number
  /** A person undid it until then, wall clock in ms; null = it acts. */
  readonly undoneUntil: number | null
}
