/** The bus: every reader gets every event in order, and one that throws harms nobody else. */
import { expect, test } from 'vitest'
import { createEventBus, type RouterEvent } from '../../../router/core/events.ts'

const line = (message: string): RouterEvent => ({ type: 'log', level: 'info', message })

test('every reader gets the same events in the order in which they were emitted', () => {
  const bus = createEventBus(() => {})
  const [first, second]: [RouterEvent[], RouterEvent[]] = [[], []]
  bus.subscribe((event) => first.push(event))
  bus.subscribe((event) => second.push(event))
  const events = ['a', 'b', 'c'].map(line)
  for (const event of events) bus.emit(event)
  expect(first).toEqual(events)
  expect(second).toEqual(events)
  expect(second[0]).toBe(events[0])
})

test('a reader that throws is reported; the emitter and the readers after it go on', () => {
  const reported: unknown[] = []
  const seen: RouterEvent[] = []
  const bus = createEventBus((error) => reported.push(error))
  const fault = new Error('disk full')
  bus.subscribe(() => {
    throw fault
  })
  bus.subscribe((event) => seen.push(event))
  expect(() => bus.emit(line('a'))).not.toThrow()
  expect(reported).toEqual([fault])
  expect(seen).toHaveLength(1)
})

test('a reader that left hears nothing more, also when it leaves while an event is with it', () => {
  const bus = createEventBus(() => {})
  const heard: string[] = []
  const leave = bus.subscribe(() => {
    heard.push('once')
    leave()
  })
  bus.subscribe(() => heard.push('always'))
  bus.emit(line('a'))
  bus.emit(line('b'))
  expect(heard).toEqual(['once', 'always', 'always'])
})

test('an event that a reader emits reaches everybody, itself included', () => {
  const bus = createEventBus(() => {})
  const messages: string[] = []
  bus.subscribe((event) => {
    if (event.type !== 'log') return
    messages.push(event.message)
    if (event.message === 'a') bus.emit(line('from a reader'))
  })
  bus.emit(line('a'))
  expect(messages).toEqual(['a', 'from a reader'])
})
