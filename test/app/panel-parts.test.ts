/** The panel's pure parts: reading the event stream, words for settings and figures, and what a lock does to a setting. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createParser } from '../../renderer/api/event-stream.ts'
import type { RequestRow } from '../../renderer/api/types.ts'
import { onlyLane, presetOf, presets, withLock } from '../../renderer/state/presets.ts'
import { mergeRows } from '../../renderer/state/store.ts'
import { amount, bytes, count, duration, usd } from '../../renderer/words/figures.ts'
import { gapOf } from '../../renderer/words/gap.ts'
import { whyMoved, whyThere } from '../../renderer/words/reasons.ts'
import { reasons, presets as routerPresets } from '../../router/core/split.ts'

describe('the event stream', () => {
  const text = ': connected\n\nid: a-1\nevent: split\ndata: {"type":"split"}\n\nid: a-2\r\ndata: one\r\ndata: two\r\n\r\ndata:no id\r\r'
  const whole = [
    ['a-1', '{"type":"split"}'],
    ['a-2', 'one\ntwo'],
    [null, 'no id'],
  ]

  test('reads the same messages however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: text.length })), (cuts) => {
        const seen: unknown[] = []
        const parse = createParser((id, data) => seen.push([id, data]))
        const places = [0, ...cuts.sort((one, other) => one - other), text.length]
        for (const [index, from] of places.entries()) parse(text.slice(from, places[index + 1] ?? text.length))
        // The stream goes on: a CR at its very end waits for what may be the second half of a CRLF.
        parse(': \n')
        expect(seen).toEqual(whole)
      }),
    )
  })
})

describe('presets', () => {
  test("are the router's own", () => {
    const own = Object.entries(presets).map(([name, { remote_share, fallback, lock }]) => [name, { remoteShare: remote_share, fallback, lock }])
    expect(Object.fromEntries(own)).toEqual(routerPresets)
  })

  test('a lock keeps the share to return to, and at its own end it is the whole preset', () => {
    const custom = { remote_share: 0.3, fallback: true, lock: null }
    expect(withLock(custom, 'local')).toEqual({ ...custom, lock: 'local' })
    expect(withLock(withLock(custom, 'local'), null)).toEqual(custom)
    expect(presetOf(withLock(presets['prefer-local'], 'local'))).toBe('local-only')
    expect(presetOf(withLock(presets['local-only'], null))).toBe('prefer-local')
    expect(presetOf(withLock(presets['remote-only'], null))).toBe('prefer-remote')
    expect(presetOf(withLock(presets['prefer-local'], 'remote'))).toBe('custom')
  })

  test('a missing lane leaves the other one alone; with neither there is nothing to lock', () => {
    const lanes = (local: number, remote: number) => ({ local: { deployments: local }, remote: { deployments: remote } })
    expect(onlyLane(presets.balanced, lanes(0, 2))).toEqual({ lane: 'remote', because: 'missing' })
    expect(onlyLane(presets.balanced, lanes(2, 0))).toEqual({ lane: 'local', because: 'missing' })
    expect(onlyLane(presets.balanced, lanes(0, 0))).toBeNull()
    expect(onlyLane(presets['local-only'], lanes(1, 1))).toEqual({ lane: 'local', because: 'lock' })
  })
})

describe('rows', () => {
  const row = (id: string, at: string, ms: number | null) => ({ id, at, duration_ms: ms }) as RequestRow

  test('are newest first, one per request, and an ended one stays ended', () => {
    const known = mergeRows([], [row('a', '2026-01-01T10:00:00Z', null), row('b', '2026-01-01T10:00:01Z', 5)])
    const next = mergeRows(known, [row('a', '2026-01-01T10:00:00Z', 7), row('b', '2026-01-01T10:00:01Z', null)])
    expect(next.map(({ id, duration_ms }) => [id, duration_ms])).toEqual([
      ['b', 5],
      ['a', 7],
    ])
  })
})

describe('words', () => {
  test('every reason of the router has words in a row and in the gap', () => {
    for (const reason of reasons) {
      expect(whyThere(reason, 'local')).toMatch(/^[a-z].{4,}/)
      if (reason.includes('-')) expect(whyThere(reason, 'remote')).not.toBe(reason)
    }
    expect(whyMoved('context', 1, 'remote')).toBe('1 prompt too long for local')
    expect(whyMoved('context', 2, 'remote')).toBe('2 prompts too long for local')
  })

  test('the gap names the lane with more, its own reasons, and what was drawn before a change', () => {
    const actual = {
      sessions: 50,
      remote: 17,
      tokens: { local: 0, remote: 0 },
      reasons: { drawn: 46, context: 2, held: 2 },
      remote_reasons: { drawn: 15, context: 2 },
    }
    expect(gapOf({ remote_share: 0.34, fallback: true, lock: null }, actual)).toBeNull()
    expect(gapOf({ remote_share: 0.3, fallback: true, lock: null }, actual)).toEqual({
      lane: 'remote',
      title: '2 more than set:',
      reasons: [{ text: '2 prompts too long for local', reason: 'context' }],
    })
    expect(gapOf(presets['prefer-remote'], actual)).toEqual({
      lane: 'local',
      title: '33 more than set:',
      reasons: [
        { text: '2 in running conversations', reason: 'held' },
        { text: '31 drawn at an earlier setting', reason: null },
      ],
    })
    const forced = { ...actual, remote: 22, reasons: { drawn: 38, 'only-lane': 12 }, remote_reasons: { drawn: 10, 'only-lane': 12 } }
    expect(gapOf({ remote_share: 0.3, fallback: true, lock: null }, forced)?.reasons.map(({ text }) => text)).toEqual([
      '12 that only remote serves',
      'less 5 drawn local instead',
    ])
  })

  test('figures have their unit, thin thousands and no false precision', () => {
    const plain = (words: string) => words.replace(/[\u2009\u00a0]/g, ' ')
    expect([0, 812, 9214, 71204, 1234567].map(count).map(plain)).toEqual(['0', '812', '9 214', '71 204', '1 234 567'])
    expect([99_999, 710_000, 1_840_000, 12_340_000].map(amount).map(plain)).toEqual(['99 999', '710 k', '1.84 M', '12.3 M'])
    expect([3, 360, 4100, 12_400, 200_000, 119_900].map(duration).map(plain)).toEqual([
      '3 ms',
      '0.36 s',
      '4.1 s',
      '12.4 s',
      '3 min 20 s',
      '2 min 0 s',
    ])
    expect([0, 999, 3_400_000, 18.3e9].map(bytes).map(plain)).toEqual(['0 B', '999 B', '3.4 MB', '18.3 GB'])
    expect([0, 0.0002, 0.017, 1.97].map(usd)).toEqual(['$0', '< $0.001', '$0.017', '$1.97'])
  })
})
