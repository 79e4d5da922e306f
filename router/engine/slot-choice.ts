/** Which slot serves a prompt, by the prefix that it already holds. Pure. */

export interface SlotView {
  /** Tokens whose state the slot holds. */
  readonly tokens: readonly number[]
  readonly busy: boolean
  /** Higher = used later; 0 = never. */
  readonly lastUse: number
}

export interface SlotChoice {
  /** Index of an idle slot. */
  readonly slot: number
  /** Index of the slot to copy a prefix from first; null = use what the slot itself holds. */
  readonly copyFrom: number | null
  /** Prefix in tokens that need not be evaluated (of the donor, or of the slot itself). */
  readonly shared: number
}

/** Below this a shared prefix does not decide which slot is taken. */
const WORTH_STAYING = 64
/** Unless nearly all that the slot holds is a prefix of the prompt: the next turn of a short conversation. */
const WORTH_CONTINUING = 16
const LOST_IN_TURN = 8
/** A copy must save so many tokens more than the best idle slot. */
const WORTH_COPYING = 128

/** Length of the common prefix of two token lists. */
export function commonPrefix(a: readonly number[], b: readonly number[]): number {
  const length = Math.min(a.length, b.length)
  let i = 0
  while (i < length && a[i] === b[i]) i++
  return i
}

/**
 * Picks an idle slot: the one with the longest common prefix (≥ 64 tokens, or what it holds is continued), else the least recently used. A busy slot that shares ≥ 128 tokens more
 * is copied from; so is an idle one whose conversation would lose more than the newcomer gains. Null when every slot is busy.
 */
export function chooseSlot(prompt: readonly number[], slots: readonly SlotView[], canCopy: boolean): SlotChoice | null {
  const shared = slots.map(({ tokens }) => commonPrefix(tokens, prompt))
  const idle = slots.flatMap(({ busy }, index) => (busy ? [] : [index]))
  if (idle.length === 0) return null
  const oldest = idle.reduce((best, index) => (slots[index]!.lastUse < slots[best]!.lastUse ? index : best))
  const longest = idle.reduce((best, index) => (shared[index]! > shared[best]! ? index : best))
  const donor = slots.reduce((best, slot, index) => (slot.busy && (best < 0 || shared[index]! > shared[best]!) ? index : best), -1)
  const isWorth =
    shared[longest]! >= WORTH_STAYING || (shared[longest]! >= WORTH_CONTINUING && slots[longest]!.tokens.length - shared[longest]! <= LOST_IN_TURN)
  const own = isWorth ? longest : oldest
  if (canCopy && donor >= 0 && shared[donor]! >= shared[own]! + WORTH_COPYING) {
    const target = isWorth && losesMore(slots[longest]!, shared[longest]!) ? oldest : own
    return { slot: target, copyFrom: donor, shared: shared[donor]! }
  }
  if (canCopy && own === longest && oldest !== longest && shared[own]! >= WORTH_COPYING && losesMore(slots[own]!, shared[own]!))
    return { slot: oldest, copyFrom: own, shared: shared[own]! }
  return { slot: own, copyFrom: null, shared: shared[own]! }
}

/** The conversation in the slot would lose more tokens than it shares with the newcomer. */
function losesMore(slot: SlotView, shared: number): boolean {
  return slot.tokens.length - shared > Math.max(shared, WORTH_COPYING)
}
