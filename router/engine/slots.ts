/**
 * The sequences of one context: who uses which, and how a prompt gets the longest prefix for free.
 * Invariants: a sequence is never disposed while the model is loaded; a request owns its slot until its end; state is changed behind the gate only.
 */
import type { LlamaContext, LlamaContextSequence, Token } from 'node-llama-cpp'
import type { StreamGate } from './batching.ts'
import { canCopyFrom, copyPrefix } from './sequence-copy.ts'
import { chooseSlot, commonPrefix } from './slot-choice.ts'

export interface Slot {
  readonly sequence: LlamaContextSequence
  busy: boolean
  lastUse: number
}

export interface Slots {
  /** Takes an idle slot for `prompt` and makes it hold the longest prefix that is to be had, never all of it. Throws when none is idle. */
  take(prompt: readonly number[]): Promise<Slot>
  giveBack(slot: Slot): void
  readonly busy: number
}

/** All sequences of a context, with a context shift that refuses: nothing is dropped silently. */
export function createSlots(context: LlamaContext, gate: StreamGate): Slots {
  const slots: Slot[] = Array.from({ length: context.totalSequences }, () => ({
    sequence: context.getSequence({ contextShift: { size: 1, strategy: refuseShift } }),
    busy: false,
    lastUse: 0,
  }))
  let uses = 0

  return {
    async take(prompt) {
      const views = slots.map(({ sequence, busy, lastUse }) => ({ tokens: sequence.contextTokens, busy, lastUse }))
      const choice = chooseSlot(prompt, views, !slots[0]!.sequence.needsCheckpoints)
      if (!choice) throw new Error('every slot is busy')
      const slot = slots[choice.slot]!
      slot.busy = true
      slot.lastUse = ++uses
      const donor = choice.copyFrom === null ? null : slots[choice.copyFrom]!.sequence
      try {
        if (donor && canCopyFrom(donor)) await gate.closedWhile(() => copyPrefix(donor, slot.sequence, choice.shared))
        await align(slot.sequence, prompt.slice(0, -1), gate)
        return slot
      } catch (error) {
        slot.busy = false
        throw error
      }
    },
    giveBack(slot) {
      slot.busy = false
      slot.lastUse = ++uses
    },
    get busy() {
      return slots.filter(({ busy }) => busy).length
    },
  }
}

/** Erases what differs. Nothing differs: no lock is needed, and the gate stays open. */
async function align(sequence: LlamaContextSequence, tokens: readonly number[], gate: StreamGate): Promise<void> {
  if (commonPrefix(sequence.contextTokens, tokens) === sequence.nextTokenIndex) return
  await gate.closedWhile(() => sequence.adaptStateToTokens(tokens as Token[], false))
}

function refuseShift(): never {
  throw new Error('the context is full')
}
