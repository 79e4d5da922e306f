/** Copies the state of a prefix from one sequence to another. The internal call where the library has it, else through a state file of ours. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LlamaContextSequence } from 'node-llama-cpp'

interface InternalCopy {
  _copyStateFromOtherSequence?(other: LlamaContextSequence, tokens: number): Promise<void> | void
}

/** The internal call exists (3.22 has it, 3.21 does not). */
export function hasInternalCopy(sequence: LlamaContextSequence): boolean {
  return typeof (sequence as InternalCopy)._copyStateFromOtherSequence === 'function'
}

/** Followed by the process id of the worker and a random end. */
const STATE_FOLDER = 'headgate-state-'
/** State files hold about 23 MB per 1 000 tokens of a small model: beyond this evaluating again is no worse. */
const LONGEST_FILE_COPY = 16_384

/** A prefix of this donor may be copied. */
export function canCopyFrom(donor: LlamaContextSequence): boolean {
  return !donor.needsCheckpoints && (hasInternalCopy(donor) || donor.nextTokenIndex <= LONGEST_FILE_COPY)
}

/** `target` holds the first `tokens` tokens of `donor` afterwards (at least). Call it behind the gate: it needs the context's lock. */
export async function copyPrefix(donor: LlamaContextSequence, target: LlamaContextSequence, tokens: number): Promise<void> {
  const internal = target as InternalCopy
  if (internal._copyStateFromOtherSequence) {
    await internal._copyStateFromOtherSequence(donor, tokens)
    return
  }
  // The loader trusts its file, so it is written by us just now, readable by nobody else, and gone afterwards.
  const folder = await mkdtemp(join(tmpdir(), `${STATE_FOLDER}${process.pid}-`))
  try {
    const file = join(folder, 'prefix')
    await donor.saveStateToFile(file)
    if (target.nextTokenIndex > 0) await target.clearHistory()
    await target.loadStateFromFile(file, { acceptRisk: true })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Removes state files of workers that ended in the middle of a copy. */
export async function removeLeftStates(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(STATE_FOLDER) ? Number.parseInt(name.slice(STATE_FOLDER.length), 10) : Number.NaN
    if (!Number.isNaN(pid) && !isAlive(pid)) await rm(join(tmpdir(), name), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
