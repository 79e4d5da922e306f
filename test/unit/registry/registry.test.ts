import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Hold } from '../../../router/core/plan.ts'
import { readStoredRows } from '../../../router/registry/entries.ts'
import { openRegistry, type Registry } from '../../../router/registry/index.ts'
import { migrations } from '../../../router/registry/migrations/index.ts'
import { SESSION_IDLE_MS, SESSION_LIMIT } from '../../../router/registry/sessions.ts'
import { type ManualClock, manualClock } from '../../fakes/manual-clock.ts'

let folder: string
let file: string
let clock: ManualClock
let registry: Registry
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headgate-registry-'))
  file = join(folder, 'headgate.db')
  clock = manualClock()
  registry = openRegistry(file, clock)
})
afterEach(() => {
  registry.close()
  rmSync(folder, { recursive: true, force: true })
})

/** As after a restart. */
function reopen(): void {
  registry.close()
  registry = openRegistry(file, clock)
}
const hold = (lane: 'local' | 'remote', more: Partial<Hold> = {}): Hold => ({
  deployment: `m/${lane}`,
  lane,
  failedOver: false,
  splitVersion: 1,
  ...more,
})

describe('the schema', () => {
  test('is the newest after the first start, and a second start changes nothing', () => {
    reopen()
    const db = new Database(file, { readonly: true })
    expect(db.pragma('user_version', { simple: true })).toBe(migrations.length)
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal')
    db.close()
  })

  test('of a newer Headgate is refused in a sentence that says what to do, and is not touched', () => {
    registry.close()
    const db = new Database(file)
    db.pragma(`user_version = ${migrations.length + 1}`)
    db.close()
    expect(() => openRegistry(file, clock)).toThrow(/written by a newer Headgate.*Update Headgate/)
    const after = new Database(file)
    expect(after.pragma('user_version', { simple: true })).toBe(migrations.length + 1)
    after.pragma(`user_version = ${migrations.length}`)
    after.close()
    registry = openRegistry(file, clock)
  })

  test('that broke off in the middle is begun anew: each step is one transaction', () => {
    const half = join(folder, 'half.db')
    const db = new Database(half)
    expect(() =>
      db.transaction(() => {
        db.exec(migrations[0] as string)
        throw new Error('the power went')
      })(),
    ).toThrow('the power went')
    db.close()
    const opened = openRegistry(half, clock)
    expect(opened.keys.list()).toEqual([])
    opened.close()
  })
})

describe('sessions', () => {
  test('stay where they live over a restart', () => {
    registry.sessions.book({ session: 's', hold: hold('remote', { failedOver: true, splitVersion: 4 }), deficit: null })
    reopen()
    expect(registry.sessions.hold('s')).toEqual(hold('remote', { failedOver: true, splitVersion: 4 }))
    expect(registry.sessions.hold('other')).toBeNull()
  })

  test('end when they were idle for ten minutes, in memory and on disk; use keeps them', () => {
    registry.sessions.book({ session: 'idle', hold: hold('local'), deficit: null })
    registry.sessions.book({ session: 'used', hold: hold('local'), deficit: null })
    clock.advance(SESSION_IDLE_MS - 1_000)
    registry.sessions.book({ session: 'used', hold: hold('local'), deficit: null }) // the same hold again: only the time moves
    clock.advance(2_000)
    expect(registry.sessions.hold('idle')).toBeNull()
    reopen()
    expect(registry.sessions.hold('idle')).toBeNull()
    expect(registry.sessions.hold('used')).toEqual(hold('local'))
  })

  test('are limited in number: the least recently used goes first', () => {
    for (let i = 0; i < SESSION_LIMIT; i++) {
      if (i === 1) clock.advance(1)
      registry.sessions.book({ session: `s${i}`, hold: hold('local'), deficit: null })
    }
    clock.advance(1)
    registry.sessions.book({ session: 's0', hold: hold('local'), deficit: null })
    registry.sessions.book({ session: 'one more', hold: hold('local'), deficit: null })
    expect([registry.sessions.hold('s0') !== null, registry.sessions.hold('s1') !== null]).toEqual([true, false])
    reopen()
    expect([registry.sessions.countHeld(), registry.sessions.hold('s1')]).toEqual([SESSION_LIMIT, null])
  })

  test('a new hold replaces the old one', () => {
    registry.sessions.book({ session: 's', hold: hold('local'), deficit: null })
    registry.sessions.book({ session: 's', hold: hold('remote'), deficit: null })
    reopen()
    expect(registry.sessions.hold('s')).toEqual(hold('remote'))
  })
})

describe('deficits', () => {
  test('are 0/0 at first, kept per key, and kept over a restart', () => {
    expect(registry.sessions.deficit('global:m')).toEqual({ local: 0, remote: 0 })
    registry.sessions.book({ session: null, hold: null, deficit: { key: 'global:m', deficit: { local: -30, remote: 30 } } })
    registry.sessions.book({ session: 's', hold: hold('local'), deficit: { key: 'global:n', deficit: { local: 10, remote: -10 } } })
    reopen()
    expect(registry.sessions.deficit('global:m')).toEqual({ local: -30, remote: 30 })
    expect(registry.sessions.deficit('global:n')).toEqual({ local: 10, remote: -10 })
    registry.sessions.resetDeficits()
    reopen()
    expect(registry.sessions.deficit('global:m')).toEqual({ local: 0, remote: 0 })
  })
})

describe('keys', () => {
  test('are shown once; only their hash is in the file', () => {
    const { row, key } = registry.keys.create('zed')
    expect(key).toMatch(/^hg-[\w-]{32}$/)
    expect(row).toMatchObject({ name: 'zed', prefix: key.slice(0, 7), lastUsedAt: null, revokedAt: null })
    expect(registry.keys.find(key)).toMatchObject({ id: row.id })
    registry.close()
    for (const name of ['headgate.db']) expect(readFileSync(join(folder, name)).includes(key)).toBe(false)
    expect(JSON.stringify((registry = openRegistry(file, clock)).keys.list())).not.toContain(key)
    expect(registry.keys.find(key)).toMatchObject({ id: row.id, name: 'zed' })
  })

  test('revoked ones are unknown, and stay listed', () => {
    const { row, key } = registry.keys.create('old')
    expect(registry.keys.hasActive()).toBe(true)
    expect(registry.keys.revoke(row.id)).toBe(true)
    expect(registry.keys.revoke(row.id)).toBe(false)
    expect(registry.keys.find(key)).toBeNull()
    expect(registry.keys.hasActive()).toBe(false)
    reopen()
    expect(registry.keys.find(key)).toBeNull()
    expect(registry.keys.list()).toMatchObject([{ name: 'old', revokedAt: clock.now() }])
  })

  test('remember when they were used', () => {
    const { key } = registry.keys.create('used')
    clock.advance(5_000)
    registry.keys.find(key)
    const at = clock.now()
    reopen()
    expect(registry.keys.list()).toMatchObject([{ lastUsedAt: at }])
  })

  test('that another process issued or revoked are seen at once', () => {
    const other = openRegistry(file, clock)
    const { row, key } = other.keys.create('by another process')
    expect(registry.keys.find(key)).toMatchObject({ id: row.id })
    other.keys.revoke(row.id)
    expect(registry.keys.find(key)).toBeNull()
    other.close()
  })

  test('are revoked by their id alone: a name or a prefix may mean several', () => {
    const { row } = registry.keys.create('zed')
    expect([registry.keys.revoke('zed'), registry.keys.revoke(row.prefix), registry.keys.revoke(row.id)]).toEqual([false, false, true])
  })

  test('a guess is unknown', () => {
    const { key } = registry.keys.create('x')
    for (const guess of ['', 'hg-', key.slice(0, -1), `${key}x`, key.toUpperCase()]) expect(registry.keys.find(guess)).toBeNull()
  })
})

describe('settings and entries', () => {
  test('have their defaults until they are set, and keep what was set', () => {
    expect([registry.settings.get('paused'), registry.settings.get('split'), registry.settings.get('requireKey')]).toEqual([false, null, null])
    registry.settings.set('paused', true)
    registry.settings.set('split', { remoteShare: 0.25, fallback: false, lock: 'remote' })
    registry.entries.putModel('m', { name: 'm', deployments: [] })
    registry.entries.putModel('m', { name: 'm', aliases: ['n'] })
    reopen()
    expect(registry.settings.get('paused')).toBe(true)
    expect(registry.settings.get('split')).toEqual({ remoteShare: 0.25, fallback: false, lock: 'remote' })
    expect(registry.entries.models()).toEqual([{ name: 'm', entry: { name: 'm', aliases: ['n'] } }])
    expect([registry.entries.remove('model', 'm'), registry.entries.remove('model', 'm')]).toEqual([true, false])
  })
})

describe('an idle registry', () => {
  test('wakes for nothing; the first thing that waits arms one timer, and the write disarms it', () => {
    expect(clock.waiting()).toBe(0)
    registry.sessions.book({ session: 's', hold: hold('local'), deficit: null }) // written at once
    expect(clock.waiting()).toBe(0)
    registry.sessions.book({ session: 's', hold: hold('local'), deficit: null }) // only its time of use, which waits
    registry.sessions.book({ session: 's', hold: hold('local'), deficit: null })
    expect(clock.waiting()).toBe(1)
    clock.advance(250)
    expect(clock.waiting()).toBe(0)
    registry.keys.find(registry.keys.create('zed').key)
    expect(clock.waiting()).toBe(1)
  })

  test('removes idle sessions from the file with a write, once a minute at most', () => {
    const rows = () => {
      const db = new Database(file, { readonly: true })
      const count = db.prepare('select count(*) from session').pluck().get()
      db.close()
      return count
    }
    const use = (session: string) => {
      for (const _ of [1, 2]) registry.sessions.book({ session, hold: hold('local'), deficit: null })
      clock.advance(250)
    }
    use('old')
    clock.advance(SESSION_IDLE_MS + 1)
    expect(rows()).toBe(1)
    use('new')
    expect([rows(), clock.waiting()]).toEqual([1, 0])
  })

  test('counts the sessions that are alive as held, not those that were idle for ten minutes', () => {
    registry.sessions.book({ session: 'idle', hold: hold('local'), deficit: null })
    clock.advance(SESSION_IDLE_MS)
    registry.sessions.book({ session: 'used', hold: hold('local'), deficit: null })
    expect(registry.sessions.countHeld()).toBe(2)
    clock.advance(1)
    expect(registry.sessions.countHeld()).toBe(1)
  })
})

describe('the file', () => {
  test('and its companions are for the owner alone, also where they were readable before', () => {
    const modes = () => ['', '-wal', '-shm'].map((end) => (statSync(file + end).mode & 0o777).toString(8))
    expect(modes()).toEqual(['600', '600', '600'])
    for (const end of ['', '-wal', '-shm']) chmodSync(file + end, 0o644)
    const other = openRegistry(file, clock)
    expect(modes()).toEqual(['600', '600', '600'])
    other.close()
  })

  test('shows what the panel added to a reader beside the router', () => {
    registry.entries.putModel('m', { name: 'm', deployments: [] })
    registry.settings.set('providerChanges', { openai: { key: true } })
    expect(readStoredRows(file)).toEqual({
      providers: [],
      models: [{ name: 'm', entry: { name: 'm', deployments: [] } }],
      deployments: [],
      rules: {},
      providerChanges: { openai: { key: true } },
      chosenFiles: [],
    })
    writeFileSync(join(folder, 'other.db'), 'this is no database, and long enough to be looked at'.repeat(100))
    expect(() => readStoredRows(join(folder, 'other.db'))).toThrow(/not a database/)
  })
})

describe('a file that cannot be written', () => {
  /** Lets every write to these tables fail, as a full disk does. */
  function spoil(tables: readonly string[]): { mend(): void } {
    const db = new Database(file)
    for (const table of tables)
      db.exec(`create trigger full_${table} before insert on ${table} begin select raise(abort, 'database or disk is full'); end`)
    return {
      mend() {
        for (const table of tables) db.exec(`drop trigger full_${table}`)
        db.close()
      },
    }
  }

  test('ends no request, is told once, and everything is written when it can be again', () => {
    const told: (string | null)[] = []
    registry.close()
    registry = openRegistry(file, clock, (error) => told.push(error === null ? null : error.message))
    const disk = spoil(['session', 'deficit'])
    registry.sessions.book({ session: 's', hold: hold('remote'), deficit: { key: 'k', deficit: { local: 30, remote: -30 } } })
    expect([registry.sessions.hold('s'), registry.sessions.deficit('k')]).toEqual([hold('remote'), { local: 30, remote: -30 }])
    for (let i = 0; i < 5; i++) clock.advance(250)
    expect(told).toEqual(['database or disk is full'])
    disk.mend()
    clock.advance(250)
    clock.advance(250)
    expect(told).toEqual(['database or disk is full', null])
    reopen()
    expect([registry.sessions.hold('s'), registry.sessions.deficit('k')]).toEqual([hold('remote'), { local: 30, remote: -30 }])
  })

  test('takes every setting all the same: it is in force at once and written later', () => {
    const told: (string | null)[] = []
    registry.close()
    registry = openRegistry(file, clock, (error) => told.push(error === null ? null : error.message))
    const disk = spoil(['setting'])
    const localOnly = { remoteShare: 0, fallback: false, lock: 'local' } as const
    registry.settings.set('split', localOnly)
    registry.settings.set('paused', true)
    expect([registry.settings.get('split'), registry.settings.get('paused')]).toEqual([localOnly, true])
    clock.advance(1_000)
    expect(told).toEqual(['database or disk is full'])
    disk.mend()
    clock.advance(250)
    expect([told, clock.waiting()]).toEqual([['database or disk is full', null], 0])
    reopen()
    expect([registry.settings.get('split'), registry.settings.get('paused')]).toEqual([localOnly, true])
  })

  test('forgets the deficits all the same, and keeps what was drawn after that', () => {
    const draw = (key: string, local: number) =>
      registry.sessions.book({ session: null, hold: null, deficit: { key, deficit: { local, remote: -local } } })
    draw('before', 30)
    const db = new Database(file)
    db.exec("create trigger full before delete on deficit begin select raise(abort, 'database or disk is full'); end")
    registry.sessions.resetDeficits()
    draw('after', 10)
    expect(registry.sessions.deficit('before')).toEqual({ local: 0, remote: 0 })
    db.exec('drop trigger full')
    db.close()
    clock.advance(500)
    reopen()
    expect([registry.sessions.deficit('before').local, registry.sessions.deficit('after').local]).toEqual([0, 10])
  })
})
