/** What is changed over the admin API leaves a trace: what, by whom, in words. */
import fastify, { type FastifyInstance } from 'fastify'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSettingControl } from '../../../router/control/setting-control.ts'
import { createSplitControl } from '../../../router/control/split-control.ts'
import type { Catalog } from '../../../router/core/catalog.ts'
import type { RouterEvent } from '../../../router/core/events.ts'
import { Secret } from '../../../router/core/secret.ts'
import { defaultSplit } from '../../../router/core/split.ts'
import { createAdminAccess } from '../../../router/http/admin/access.ts'
import { type AdminParts, addAdminRoutes } from '../../../router/http/admin/index.ts'
import { openRegistry, type Registry } from '../../../router/registry/index.ts'
import { manualClock } from '../../fakes/manual-clock.ts'

const token = 'a-token-that-is-long-enough-for-a-test'
let app: FastifyInstance
let registry: Registry
let told: RouterEvent[]
beforeEach(async () => {
  const clock = manualClock()
  registry = openRegistry(':memory:', clock)
  told = []
  const emit = (event: RouterEvent) => void told.push(event)
  app = fastify()
  await addAdminRoutes(app, {
    access: createAdminAccess(new Secret(token), clock),
    registry,
    now: clock.now,
    split: createSplitControl({ settings: registry.settings, sessions: registry.sessions, base: defaultSplit, clock, emit }),
    settings: createSettingControl({
      settings: registry.settings,
      catalog: () => ({ settings: [], warnings: [] }) as unknown as Catalog,
      now: clock.now,
      started: [],
      starterOfEnvironment: null,
      isLoopbackOnly: true,
      inspectModel: async () => {},
      reload: async () => {},
      hasRequests: () => false,
    }),
    overview: { split: () => ({}), whole: () => ({}) },
    models: {
      add: async (entry: Record<string, unknown>) => entry,
      change: async () => ({}),
      remove: async () => {},
    },
    sources: {},
    emit,
  } as unknown as AdminParts)
  told.length = 0
})
afterEach(async () => {
  await app.close()
  registry.close()
})

const send = (method: 'PUT' | 'POST' | 'PATCH' | 'DELETE', url: string, body?: Record<string, unknown>, by?: string) =>
  app.inject({
    method,
    url,
    headers: { authorization: `Bearer ${token}`, ...(by ? { 'x-headgate-by': by } : {}) },
    ...(body ? { payload: body } : {}),
  })

test('pause, keys and models each make one event that says what and who', async () => {
  await send('PUT', '/admin/settings', { paused: true, require_key: true }, 'tray')
  const { id } = (await send('POST', '/admin/keys', { name: 'zed' }, 'cli')).json()
  await send('DELETE', `/admin/keys/${id}`)
  await send('POST', '/admin/models', { name: 'm' })
  await send('PATCH', '/admin/models/m', { aliases: [] })
  await send('DELETE', '/admin/models/m')
  expect(told.map((event) => (event.type === 'setting-changed' ? [event.what, event.by, event.detail] : event.type))).toEqual([
    ['paused', 'tray', 'on'],
    ['require-key', 'tray', 'on'],
    ['key', 'cli', `${id} (zed) issued`],
    ['key', 'panel', `${id} revoked`],
    ['model', 'panel', 'm added'],
    ['model', 'panel', 'm changed'],
    ['model', 'panel', 'm removed'],
  ])
})

test('what stays as it is, or is refused, makes none', async () => {
  await send('PUT', '/admin/settings', { paused: false })
  expect((await send('DELETE', '/admin/keys/key_none')).statusCode).not.toBe(204)
  expect(told).toEqual([])
})

test.each([
  ['cli', 'cli'],
  ['tray', 'tray'],
  ['panel', 'panel'],
  [undefined, 'panel'],
  ['somebody else', 'panel'],
])('a change of the split by %j is told as one by %s', async (sent, by) => {
  await send('PUT', '/admin/split', { remote_share: 0.25 }, sent)
  await send('DELETE', '/admin/split', undefined, sent)
  expect(told.map((event) => (event.type === 'split-changed' ? event.by : event.type))).toEqual([by, by])
})

test('a key is revoked by its id alone', async () => {
  const { id } = (await send('POST', '/admin/keys', { name: 'zed' })).json()
  await send('DELETE', '/admin/keys/zed')
  expect(registry.keys.hasActive()).toBe(true)
  expect((await send('DELETE', `/admin/keys/${id}`)).statusCode).toBe(204)
  expect(registry.keys.hasActive()).toBe(false)
})
