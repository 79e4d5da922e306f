/** The app's way into the router: what its menu changes is in force, told as the tray's, and told to it a few times a second at most. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startRouter, type TestRouter } from '../../journeys/with-router.ts'

let router: TestRouter
beforeEach(async () => {
  router = await startRouter({
    files: { 'models.yaml': 'models:\n  - {name: m, deployments: [{provider: lab, model: x, base_url: "http://127.0.0.1:9/v1"}]}\n' },
  })
})
afterEach(() => router.stop())

const desk = () => router.router.desk

test('the snapshot follows what is changed elsewhere', async () => {
  expect(desk().status()).toMatchObject({ isPaused: false, running: 0, override: null, split: { preset: 'prefer-local' } })
  await router.admin('PUT', '/admin/split', { remote_share: 0.3 })
  await router.admin('PUT', '/admin/settings', { paused: true, tray_text: 'share', muted_notices: ['update'] })
  expect(desk().status()).toMatchObject({
    isPaused: true,
    split: { preset: 'custom', remoteShare: 0.3 },
    desktop: { trayText: 'share', muted: ['update'] },
  })
})

test('a change is told once for many that come together', async () => {
  let calls = 0
  const told = Promise.withResolvers<void>()
  desk().onChange(() => {
    calls++
    told.resolve()
  })
  for (const preset of ['balanced', 'prefer-remote', 'prefer-local', 'balanced'] as const) desk().setPreset(preset)
  expect(calls).toBe(0)
  await told.promise
  expect(calls).toBe(1)
})

describe('an override', () => {
  test('until tomorrow ends at six in the morning', () => {
    desk().setOverride('local', 'tomorrow')
    const { until } = desk().status().override!
    const end = new Date(until!)
    expect([end.getHours(), end.getMinutes()]).toEqual([6, 0])
    expect(end.getTime() - Date.now()).toBeLessThanOrEqual(30.5 * 3_600_000)
    expect(end.getDate()).not.toBe(new Date().getDate())
  })

  test('without an end cannot be made longer', () => {
    desk().setOverride('remote', 'off')
    desk().extendOverride(60)
    expect(desk().status().override).toMatchObject({ lock: 'remote', until: null })
    desk().endOverride()
    expect(desk().status()).toMatchObject({ override: null, split: { lock: null } })
  })
})

test('the key of the menu bar is issued once, and anew when it was revoked', async () => {
  const key = (await desk().apiKey()).reveal()
  expect((await desk().apiKey()).reveal()).toBe(key)
  const { keys } = (await router.admin('GET', '/admin/keys')).body
  await router.admin('DELETE', `/admin/keys/${keys[0].id}`)
  expect((await desk().apiKey()).reveal()).not.toBe(key)
})
