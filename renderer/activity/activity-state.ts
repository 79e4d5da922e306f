/** What the page Activity knows beside its rows: counts for the filters, and whether bodies are recorded. */
import { create } from 'zustand'
import { type Facets, fetchFacets, fetchRecordingState, type RecordingState, recordUntil } from '../api/activity.ts'
import { announce } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { failureWords } from '../words/failure-words.ts'
import type { Filters } from './filters.ts'
import { createLedger } from './ledger.ts'

const words = strings.activity
const countEveryMs = 5000

export interface ActivityState {
  /** Null = not counted yet. */
  readonly facets: Facets | null
  readonly recording: RecordingState | null
  /** The last thing that failed, in words; stands until the next succeeds. */
  readonly problem: string | null
}

export const useActivity = create<ActivityState>()(() => ({ facets: null, recording: null, problem: null }))

export const ledger = createLedger()

let counted: Filters = {}
let countTimer: ReturnType<typeof setTimeout> | null = null

/** Counts for these filters from now on. */
export function countFor(filters: Filters): void {
  counted = filters
  void countNow()
}

/** Something changed: counted again within five seconds. */
export function countSoon(): void {
  countTimer ??= setTimeout(() => void countNow(), countEveryMs)
}

async function countNow(): Promise<void> {
  if (countTimer !== null) clearTimeout(countTimer)
  countTimer = null
  const filters = counted
  try {
    const facets = await fetchFacets(filters)
    if (filters === counted) useActivity.setState({ facets })
  } catch {
    // The list itself says what is wrong.
  }
}

export async function loadRecording(): Promise<void> {
  try {
    useActivity.setState({ recording: await fetchRecordingState() })
  } catch {
    // Shown where it matters: when it is changed.
  }
}

/** Records bodies for so many minutes from now; 0 stops. */
export async function recordFor(minutes: number): Promise<void> {
  try {
    const until = minutes === 0 ? null : new Date(Date.now() + minutes * 60_000).toISOString()
    useActivity.setState({ recording: await recordUntil(until), problem: null })
    announce(minutes === 0 ? words.recordingOff : words.recordingOn)
  } catch (error) {
    useActivity.setState({ problem: words.notSet(failureWords(error)) })
  }
}
