/** The seed of one answer. */
import type { Sampling } from '../core/conversation.ts'

/** The caller's seed as the library needs it (whole, not negative, 32 bits), else one drawn by `chance`. */
export function seedOf({ seed }: Sampling, chance: () => number): number {
  return seed === undefined ? Math.floor(chance() * 0x1_0000_0000) : Math.trunc(seed) >>> 0
}
