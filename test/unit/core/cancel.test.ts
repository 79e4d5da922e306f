/** Cancelling: the light signal does what an AbortSignal does, and becomes one where one is needed. */
import { describe, expect, test } from 'vitest'
import { abortSignalOf, Canceller, type CancelSignal } from '../../../router/core/cancel.ts'

const kinds: readonly (readonly [string, () => { signal: CancelSignal; abort(reason: unknown): void }])[] = [
  [
    'AbortSignal',
    () => {
      const controller = new AbortController()
      return { signal: controller.signal, abort: (reason) => controller.abort(reason) }
    },
  ],
  [
    'Canceller',
    () => {
      const canceller = new Canceller()
      return { signal: canceller, abort: (reason) => canceller.abort(reason) }
    },
  ],
]

describe.each(kinds)('%s', (_, create) => {
  test('tells each listener once, in order, with the first reason; none that left, and none that came too late', () => {
    const { signal, abort } = create()
    const told: string[] = []
    const leaves = () => void told.push('left')
    signal.addEventListener('abort', () => void told.push(`one ${signal.reason}`))
    signal.addEventListener('abort', leaves)
    signal.addEventListener('abort', () => void told.push('two'))
    signal.removeEventListener('abort', leaves)
    expect([signal.aborted, told]).toEqual([false, []])
    abort('why')
    abort('again')
    signal.addEventListener('abort', () => void told.push('late'))
    expect([signal.aborted, signal.reason, told]).toEqual([true, 'why', ['one why', 'two']])
  })

  test('is an AbortSignal where one is needed, before and after it was aborted', () => {
    const { signal, abort } = create()
    const before = abortSignalOf(signal)
    expect(before.aborted).toBe(false)
    abort('why')
    for (const native of [before, abortSignalOf(signal)])
      expect([native instanceof AbortSignal, native.aborted, native.reason]).toEqual([true, true, 'why'])
  })
})
