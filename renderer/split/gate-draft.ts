/** What is being tried on the gate and not applied yet: a drag, held keys or typed digits. Invariant: nothing is committed before release, key up or Return; Esc drops it. */
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react'

export interface Draft {
  /** 0–100 remote. */
  readonly value: number
  readonly by: 'drag' | 'keys' | 'digits'
}

export interface GateInput {
  /** 0–100, as set now. */
  readonly value: number
  readonly isDisabled: boolean
  readonly onCommit: (value: number, by: Draft['by']) => void
}

const detents = [0, 25, 50, 75, 100]
/** A drag nearer than this to a detent rests on it, in px. */
const snapPx = 7

export function useGateDraft({ value, isDisabled, onCommit }: GateInput) {
  const [draft, setDraftState] = useState<Draft | null>(null)
  const latest = useRef<Draft | null>(null)
  const grabOffset = useRef(0)
  const setDraft = (next: Draft | null) => {
    latest.current = next
    setDraftState(next)
  }
  const cancel = () => setDraft(null)
  const commit = () => {
    const done = latest.current
    setDraft(null)
    if (done && done.value !== value) onCommit(done.value, done.by)
  }

  const isDragging = draft?.by === 'drag'
  useEffect(() => {
    if (!isDragging) return
    const cancelOnEscape = (event: globalThis.KeyboardEvent) => {
      if (event.key !== 'Escape') return
      event.preventDefault()
      latest.current = null
      setDraftState(null)
    }
    addEventListener('keydown', cancelOnEscape, true)
    return () => removeEventListener('keydown', cancelOnEscape, true)
  }, [isDragging])

  const track = {
    onPointerDown(event: PointerEvent<HTMLElement>) {
      if (isDisabled || event.button !== 0) return
      event.currentTarget.setPointerCapture(event.pointerId)
      const onLeaf = (event.target as Element).closest('[data-leaf]')
      const leaf = onLeaf?.getBoundingClientRect()
      grabOffset.current = leaf ? event.clientX - (leaf.left + leaf.width / 2) : 0
      setDraft({ value: leaf ? value : valueAt(event, 0), by: 'drag' })
    },
    onPointerMove(event: PointerEvent<HTMLElement>) {
      if (latest.current?.by === 'drag') setDraft({ value: valueAt(event, grabOffset.current), by: 'drag' })
    },
    onPointerUp() {
      if (latest.current?.by === 'drag') commit()
    },
    onPointerCancel: cancel,
    onKeyDown(event: KeyboardEvent<HTMLElement>) {
      if (isDisabled || event.metaKey || event.ctrlKey || event.altKey || latest.current?.by === 'drag') return
      const next = keyed(event, latest.current, value)
      if (next === undefined) return
      event.preventDefault()
      if (next === 'commit') commit()
      else setDraft(next)
    },
    onKeyUp(event: KeyboardEvent<HTMLElement>) {
      if (latest.current?.by === 'keys' && event.key !== 'Shift') commit()
    },
    onBlur() {
      if (latest.current?.by === 'keys') commit()
      else if (latest.current?.by === 'digits') cancel()
    },
  }
  return { draft, track }
}

/** What a key does to the draft; undefined = nothing, and the key goes on. */
function keyed(event: KeyboardEvent, draft: Draft | null, value: number): Draft | null | 'commit' | undefined {
  const from = draft?.by === 'keys' ? draft.value : value
  const step = event.shiftKey ? 10 : 1
  const to = (next: number): Draft => ({ value: Math.min(100, Math.max(0, next)), by: 'keys' })
  switch (event.key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return to(from - step)
    case 'ArrowRight':
    case 'ArrowUp':
      return to(from + step)
    case 'PageDown':
      return to(from - 10)
    case 'PageUp':
      return to(from + 10)
    case 'Home':
      return to(0)
    case 'End':
      return to(100)
    case 'Enter':
      return draft?.by === 'digits' ? 'commit' : undefined
    case 'Escape':
      return draft ? null : undefined
    case 'Backspace':
      return draft?.by === 'digits' ? shortened(draft.value) : undefined
  }
  if (!/^\d$/.test(event.key)) return undefined
  const typed = draft?.by === 'digits' ? draft.value * 10 + Number(event.key) : Number(event.key)
  return { value: typed > 100 ? Number(event.key) : typed, by: 'digits' }
}

const shortened = (value: number): Draft | null => (value < 10 ? null : { value: Math.floor(value / 10), by: 'digits' })

/** The value under the pointer: the leaf's middle runs from half a leaf after the left edge to half a leaf before the right one. */
function valueAt(event: PointerEvent<HTMLElement>, offset: number): number {
  const axis = event.currentTarget.querySelector('[data-axis]')?.getBoundingClientRect() ?? event.currentTarget.getBoundingClientRect()
  const exact = ((event.clientX - offset - axis.left) / axis.width) * 100
  const detent = detents.find((at) => (Math.abs(exact - at) / 100) * axis.width < snapPx)
  return detent ?? Math.min(100, Math.max(0, Math.round(exact)))
}
