/** The tray menu as a function of the router: every row, when it is there and what it stands for. */
import { describe, expect, test } from 'vitest'
import { menuOf } from '../../../electron/tray/menu.ts'
import type { MenuRow } from '../../../electron/tray/menu-row.ts'
import { deployment, engine, situation, split } from './situations.ts'

const labels = (rows: readonly MenuRow[]) => rows.map(({ label, type }) => (type === 'separator' ? '—' : label))
function find(rows: readonly MenuRow[], id: string): MenuRow | null {
  for (const row of rows) {
    if (row.id === id) return row
    const found = row.submenu ? find(row.submenu, id) : null
    if (found) return found
  }
  return null
}
const row = (status: Parameters<typeof situation>[0], id: string, app: Parameters<typeof situation>[1] = {}) =>
  find(menuOf(situation(status, app)), id)
const model = { name: 'm', ownRemoteShare: null, hasBothLanes: true }

describe('the whole menu', () => {
  test('has its rows in order, with everything that can be true', () => {
    const rows = menuOf(
      situation(
        {
          problems: [{ level: 'error', message: 'routing.yaml:3: remote_share has to be 0 to 1.', how_to_fix: 'Mend it.' }],
          split: split({ preset: 'custom', remoteShare: 0.35 }),
          override: { lock: 'local', until: 42 * 60_000, since: 0, by: 'tray' },
          models: [model],
          deployments: [engine({ loaded: true, state: 'healthy', memory_bytes: 5.1e9 }), deployment()],
          downloads: [{ id: 'd1', model: 'gemma', state: 'downloading', percent: 40, isActive: true }],
        },
        { updateReady: '1.4.2' },
      ),
    )
    expect(labels(rows)).toEqual([
      'Headgate is running',
      'Copy Base URL',
      'Copy API Key',
      '⚠ routing.yaml:3: remote_share has to be 0 to 1.…',
      '—',
      'Where requests go',
      'Local Only',
      'Prefer Local',
      'Balanced',
      'Prefer Remote',
      'Remote Only',
      'Custom (35 % remote)',
      'Local Only, 42 min left',
      'Temporarily (replaces it)',
      '—',
      'Per Model',
      'Local Models',
      'Health',
      '—',
      'Open Headgate',
      'Activity…',
      'Connect a Tool…',
      '—',
      'Pause All Requests',
      'Settings…',
      '—',
      'Restart to Update to 1.4.2',
      'Quit Headgate',
    ])
  })

  test('never begins, ends or repeats with a separator', () => {
    for (const status of [{}, { models: [model] }, null] as const) {
      const types = menuOf(situation(status)).map(({ type }) => type)
      expect(types[0]).not.toBe('separator')
      expect(types.at(-1)).not.toBe('separator')
      expect(types.filter((type, at) => type === 'separator' && types[at - 1] === 'separator')).toEqual([])
    }
  })

  test('has every id once', () => {
    const ids: string[] = []
    const collect = (rows: readonly MenuRow[]) => {
      for (const { id, submenu } of rows) {
        if (id !== undefined) ids.push(id)
        if (submenu) collect(submenu)
      }
    }
    collect(
      menuOf(situation({ models: [model], deployments: [engine(), deployment()], override: { lock: 'remote', until: 1, since: 0, by: 'tray' } })),
    )
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([])
  })
})

describe('without a router', () => {
  test('it says why, and offers to try again, to open and to quit', () => {
    expect(labels(menuOf(situation(null, { problem: 'Port 4777 is in use by nginx (process 7)' })))).toEqual([
      'Port 4777 is in use by nginx (process 7)',
      'Retry',
      '—',
      'Open Headgate',
      '—',
      'Quit Headgate',
    ])
    expect(labels(menuOf(situation(null)))).not.toContain('Retry')
  })
})

describe('where requests go', () => {
  test.each(['local-only', 'prefer-local', 'balanced', 'prefer-remote', 'remote-only'] as const)('%s is the one radio that is checked', (preset) => {
    const rows = menuOf(situation({ split: split({ preset }) }))
    expect(rows.filter(({ isChecked, type }) => type === 'radio' && isChecked).map(({ id }) => id)).toEqual([preset])
    expect(find(rows, 'custom')).toBeNull()
  })

  test('the active one says its effect now, and only it', () => {
    const rows = menuOf(
      situation({ split: split({ preset: 'balanced', sessions: 50, remote: 9, reasons: { context: 6, busy: 3, drawn: 40, asked: 1 } }) }),
    )
    expect(rows.filter(({ sublabel }) => sublabel?.startsWith('last')).map(({ id, sublabel }) => [id, sublabel])).toEqual([
      ['balanced', 'last 50: 41 local, 9 remote (6 too long, 3 busy)'],
    ])
  })

  test('before the first session there is no effect to tell', () => {
    expect(row({}, 'prefer-local')).not.toHaveProperty('sublabel')
  })
})

describe('a lock for a time', () => {
  const override = { lock: 'remote', until: null, since: 0, by: 'panel' } as const
  test('without an end cannot be made longer', () => {
    expect(row({ override }, 'override')?.label).toBe('Remote Only, until you turn it off')
    expect(labels(row({ override }, 'override')?.submenu ?? [])).toEqual(['End Now'])
  })

  test.each([
    [60_000, '1 min left'],
    [30 * 60_000 - 1, '30 min left'],
    [60 * 60_000, '60 min left'],
    [3 * 3_600_000, '3 h left'],
  ])('that ends in %s ms says %s', (until, words) => {
    expect(row({ override: { ...override, until } }, 'override')?.label).toBe(`Remote Only, ${words}`)
  })

  test('can be chosen for both sides and every length', () => {
    const lengths = (row({}, 'temporarily')?.submenu ?? []).flatMap(({ action }) => (action ? [action] : []))
    expect(lengths).toEqual(
      (['local', 'remote'] as const).flatMap((lock) => [30, 60, 'tomorrow', 'off'].map((length) => ({ do: 'override', lock, length }))),
    )
  })
})

describe('a guard', () => {
  const guard = { kind: 'offline', since: null, undone_until: null, overruled: null, detail: null } as const
  const rowsOf = (change: object) => ({ guards: [{ ...guard, ...change }] })

  test('says what it switched, why, and can be undone until tomorrow', () => {
    const shown = row(rowsOf({}), 'guard-offline')
    expect(shown?.label).toBe('Switched automatically: offline, using local')
    expect(shown?.submenu?.map(({ label }) => label)).toEqual(['Why…', 'Undo Until Tomorrow'])
    expect(shown?.submenu?.at(-1)?.action).toEqual({ do: 'undo-guard', kind: 'offline' })
  })

  test('undone it can act again; without effect it says what stands above it', () => {
    const undone = row(rowsOf({ kind: 'battery', undone_until: '2026-11-25T06:00:00.000Z' }), 'guard-battery')
    expect([undone?.label, undone?.submenu?.at(-1)?.action]).toEqual(['On battery: undone until tomorrow', { do: 'redo-guard', kind: 'battery' }])
    expect(row(rowsOf({ kind: 'thermal', overruled: 'locked-local' }), 'guard-thermal')?.label).toBe('Hot: no effect, locked to this Mac')
  })

  test('a used-up budget leads to the providers and is not undone here', () => {
    const shown = row(rowsOf({ kind: 'budget' }), 'guard-budget')
    expect(shown?.submenu).toEqual([{ id: 'why-budget', label: 'Why…', action: { do: 'show', place: '#/providers' } }])
  })
})

describe('switched automatically', () => {
  const out = deployment({ state: 'out', detail: 'no answer' })
  test('is said when providers are out and this machine answers for them', () => {
    const status = { split: split({ remoteShare: 0.5, preset: 'balanced' as const }), deployments: [out, engine()] }
    expect(row(status, 'switched')?.label).toBe('Switched automatically: providers are out, using local')
    expect(row(status, 'why')?.action).toEqual({ do: 'show', place: '#/providers' })
  })

  test.each([
    ['nothing would go there', { split: split({ remoteShare: 0 }), deployments: [out, engine()] }],
    ['fallback is off', { split: split({ remoteShare: 0.5, fallback: false }), deployments: [out, engine()] }],
    ['a lock decides', { split: split({ remoteShare: 1, lock: 'remote' as const }), deployments: [out, engine()] }],
    ['another deployment of the lane is up', { split: split({ remoteShare: 0.5 }), deployments: [out, deployment({ name: 'b' }), engine()] }],
    ['nobody else can answer', { split: split({ remoteShare: 0.5 }), deployments: [out] }],
  ])('is not said when %s', (_, status) => {
    expect(row(status, 'switched')).toBeNull()
  })
})

describe('per model', () => {
  test('the share in force is checked, one of its own is added', () => {
    const checked = (ownRemoteShare: number | null) =>
      (row({ models: [{ ...model, ownRemoteShare }] }, 'model:m')?.submenu ?? []).filter(({ isChecked }) => isChecked).map(({ label }) => label)
    expect([checked(null), checked(0.25), checked(0.4)]).toEqual([['Follow Global'], ['25 % remote'], ['40 % remote']])
  })

  test('a model with one side can follow only', () => {
    const rows = row({ models: [{ ...model, hasBothLanes: false }] }, 'model:m')?.submenu ?? []
    expect(rows.filter(({ type, isEnabled }) => type === 'radio' && isEnabled).map(({ label }) => label)).toEqual(['Follow Global'])
  })

  test('many models end in a link to all of them', () => {
    const models = Array.from({ length: 60 }, (_, number) => ({ ...model, name: `m${number}` }))
    const rows = row({ models }, 'per-model')?.submenu ?? []
    expect(rows).toHaveLength(25)
    expect(rows.at(-1)?.label).toBe('All 60 models…')
  })
})

describe('local models', () => {
  test('loaded ones come first, with their memory', () => {
    const deployments = [engine({ name: 'a', model: 'a' }), engine({ name: 'b', model: 'b', loaded: true, memory_bytes: 5.1e9 })]
    const rows = row({ deployments }, 'local-models')?.submenu ?? []
    expect(rows.map(({ label, badge }) => [label, badge])).toEqual([
      ['● b', '5.1 GB'],
      ['a', undefined],
    ])
  })

  test('one that is kept can be let go, others kept', () => {
    const kept = engine({ name: 'b', loaded: true, local: { idle_unload_s: 0 } as never })
    expect(row({ deployments: [kept] }, 'keep:b')).toMatchObject({ isChecked: true, action: { do: 'release', deployment: 'b' } })
    expect(row({ deployments: [engine({ name: 'b', loaded: true })] }, 'keep:b')).toMatchObject({ isChecked: false, action: { do: 'keep' } })
  })

  test('one that loads can only be waited for; one that is switched off not be loaded', () => {
    expect(row({ deployments: [engine({ name: 'a', state: 'loading' })] }, 'local:a')).toMatchObject({ isEnabled: false })
    expect(row({ deployments: [engine({ name: 'a', state: 'disabled' })] }, 'load:a')).toMatchObject({ isEnabled: false })
  })

  test('downloads show their percent and can be paused, also without any model', () => {
    const download = { id: 'd1', model: 'gemma', state: 'downloading', percent: 40, isActive: true }
    expect(row({ downloads: [download] }, 'download:d1')?.label).toBe('↓ gemma 40 %')
    expect(row({ downloads: [download] }, 'pause-download:d1')?.action).toEqual({ do: 'pause-download', id: 'd1' })
    expect(row({ downloads: [{ ...download, state: 'paused', isActive: false }] }, 'download:d1')).toMatchObject({ label: '↓ gemma paused' })
  })

  test('without any there is no such row', () => {
    expect(row({ deployments: [deployment()] }, 'local-models')).toBeNull()
  })
})

describe('health', () => {
  test.each([
    [{ state: 'healthy', first_output_ms: 380 }, '●', '380 ms'],
    [{ state: 'unknown', first_output_ms: null }, '●', 'not asked yet'],
    [{ state: 'limited', detail: 'back in 40 s' }, '◐', 'rate-limited, back in 40 s'],
    [{ state: 'on-trial', detail: null }, '◐', 'on trial'],
    [{ state: 'out', detail: 'refused' }, '○', 'out: refused'],
    [{ state: 'disabled', detail: 'OPENAI_API_KEY is not set' }, '○', 'disabled: OPENAI_API_KEY is not set'],
  ] as const)('%o', (change, dot, words) => {
    expect(row({ deployments: [deployment(change)] }, 'health:m/away')).toMatchObject({ label: `${dot} m/away`, badge: words })
  })
})

describe('problems', () => {
  test('the router’s own come before a rejected key, that before a model without memory', () => {
    const own = { level: 'error', message: 'own', how_to_fix: '' } as const
    const key = deployment({ state: 'out', detail: 'the provider rejected the key' })
    const memory = engine({ state: 'out', detail: 'The model needs 9.00 GB; 3.00 GB can be spared.' })
    const label = (status: Parameters<typeof situation>[0]) => row(status, 'problem')?.label
    expect(label({ problems: [own], deployments: [key, memory] })).toBe('⚠ own…')
    expect(label({ deployments: [memory, key] })).toBe('⚠ away key was rejected…')
    expect(label({ deployments: [memory] })).toBe('⚠ Not enough memory for qwen3:8b…')
    expect(row({ deployments: [memory] }, 'problem')?.action).toEqual({ do: 'show', place: '#/models/qwen3%3A8b' })
    expect(label({ deployments: [deployment({ state: 'out', detail: 'no answer' })] })).toBeUndefined()
  })

  test('a long one is one line', () => {
    const message = `a\n\n${'long '.repeat(60)}`
    expect(row({ problems: [{ level: 'warn', message, how_to_fix: '' }] }, 'problem')?.label?.length).toBeLessThanOrEqual(67)
  })
})

describe('the end', () => {
  test('while it waits for answers the menu says for how many, and ends now if asked', () => {
    expect(labels(menuOf(situation({}, { quittingAfter: 1 }))).slice(-2)).toEqual(['Quitting after 1 request', 'Quit Now'])
  })

  test('paused, it says so, and the check mark takes it back', () => {
    expect(row({ isPaused: true }, 'state')?.label).toBe('Headgate is paused')
    expect(row({ isPaused: true }, 'pause')).toMatchObject({ isChecked: true, action: { do: 'resume' } })
  })
})
