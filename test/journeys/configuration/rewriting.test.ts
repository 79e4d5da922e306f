import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { type AdminEvents, followAdminEvents } from '../../fakes/admin-events.ts'
import { type Lanes, laneOf, providersOf, startLanes } from '../with-lanes.ts'

let lanes: Lanes
let events: AdminEvents
afterEach(async () => {
  events.close()
  await lanes.stop()
})

async function start(...options: Parameters<typeof startLanes>): Promise<void> {
  lanes = await startLanes(...options)
  events = await followAdminEvents(lanes.router.url, lanes.router.adminToken)
}

const split = async () => (await lanes.router.admin('GET', '/admin/split')).body
const health = async () => (await lanes.router.admin('GET', '/health')).body
const logLines = () => readFileSync(join(lanes.router.data, 'logs', 'headgate.log'), 'utf8').split('\n')

describe('a file that changes while requests are answered', () => {
  test('200 times, 50 of them broken, fails none of them, and the last one is in force', async () => {
    await start({ routing: 'split: {remote_share: 0}\n' })
    const statuses = new Map<number, number>()
    let isWriting = true
    const caller = async (number: number) => {
      for (let i = 0; isWriting; i++) {
        const reply = await lanes.router.chat({ model: 'm', stream: i % 2 === 0, messages: [{ role: 'user', content: `${number}-${i}` }] })
        await reply.arrayBuffer()
        statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1)
      }
    }
    const callers = Array.from({ length: 4 }, (_, number) => caller(number))
    for (let i = 1; i <= 200; i++) {
      const isBroken = i % 4 === 1
      const text = isBroken ? `split: {remote_share: ${i}}\n` : `# ${i}\nsplit: {remote_share: ${(i / 200).toFixed(3)}}\n`
      if (i % 2 === 0) lanes.router.write({ 'routing.yaml': text })
      else {
        writeFileSync(join(lanes.router.config, 'routing.tmp'), text) // as careful editors do it
        renameSync(join(lanes.router.config, 'routing.tmp'), join(lanes.router.config, 'routing.yaml'))
      }
      await pause(15)
    }
    await expect.poll(split).toMatchObject({ remote_share: 1, source: 'routing.yaml:2' })
    isWriting = false
    await Promise.all(callers)
    expect([...statuses.keys()]).toEqual([200])
    expect(statuses.get(200)).toBeGreaterThan(100)
    expect(await health()).toMatchObject({ status: 'ok' })
    expect(laneOf(await lanes.router.chat({ model: 'm', messages: [{ role: 'user', content: 'after' }] }))).toBe('remote')
  })

  test('and is broken is refused with file, line and reason, and the old one stays in force until it is mended', async () => {
    await start({ routing: 'split: {remote_share: 1}\n' })
    lanes.router.write({ 'routing.yaml': '# a comment\nsplit:\n  remote_share: 40\n' })
    const refused = await events.next(({ type, ok }) => type === 'config' && ok === false)
    expect(refused.error).toMatchObject({ file: 'routing.yaml', line: 3 })
    expect(await health()).toMatchObject({
      status: 'degraded',
      config_error: { file: 'routing.yaml', line: 3, message: expect.stringMatching(/remote_share/) },
    })
    await expect.poll(() => logLines().some((line) => /"level":"error",.*"msg":"routing\.yaml:3: [^"]/.test(line))).toBe(true)
    expect((await lanes.router.admin('GET', '/admin/overview')).body.problems).toMatchObject([
      { level: 'error', message: expect.stringMatching(/^routing\.yaml:3: /) },
    ])
    expect(await split()).toMatchObject({ remote_share: 1 })
    expect(laneOf(await lanes.router.chat({ model: 'm' }))).toBe('remote')

    lanes.router.write({ 'routing.yaml': 'split: {remote_share: 0}\n' })
    await events.next(({ type, ok }) => type === 'config' && ok === true)
    expect(await health()).toMatchObject({ status: 'ok' })
    expect((await health()).config_error).toBeUndefined()
    expect(laneOf(await lanes.router.chat({ model: 'm' }))).toBe('local')
  })

  test.each([
    ['an unknown key, with the nearest known one', 'splitt: {remote_share: 1}\n', 1, /split/],
    ['text that is no YAML', 'split: {remote_share: 1\nother: [\n', 2, /./],
    ['an empty file', '', null, /empty/],
    ['a key that another file sets', 'models: []\n', 1, /models\.yaml/],
    ['a variable that is not set', 'split: {remote_share: "${NOT_SET_ANYWHERE}"}\n', 1, /NOT_SET_ANYWHERE/],
  ])('%s is refused', async (_, text, line, message) => {
    await start({ routing: 'split: {remote_share: 1}\n' })
    lanes.router.write({ 'routing.yaml': text })
    const { error } = await events.next(({ type, ok }) => type === 'config' && ok === false)
    expect(error.message).toMatch(message)
    if (line !== null) expect([line, line + 1]).toContain(error.line)
    expect(await split()).toMatchObject({ remote_share: 1 })
  })

  test('is deleted, and with it goes what it set; an override stays what it is', async () => {
    await start({ routing: 'split: {remote_share: 1}\n' })
    await lanes.router.admin('PUT', '/admin/split', { remote_share: 0.5 })
    rmSync(join(lanes.router.config, 'routing.yaml'))
    await expect.poll(split).toMatchObject({ remote_share: 0.5, source: 'override', base: { remote_share: 0, source: 'default' } })
    await lanes.router.admin('DELETE', '/admin/split')
    expect(await split()).toMatchObject({ remote_share: 0, source: 'default' })
  })

  test('takes a model away: its running stream ends well, the next request is 404', async () => {
    await start()
    lanes.here.fault = 'held'
    const stream = await lanes.router.chat({ model: 'm', stream: true })
    lanes.router.write({
      'models.yaml': `${providersOf(lanes.here, lanes.away)}models: [{name: other, deployments: [{provider: here}]}]\n`,
    })
    await expect.poll(async () => (await lanes.router.admin('GET', '/v1/models/m')).status).toBe(404)
    const next = await lanes.router.chat({ model: 'm' })
    expect(next.status).toBe(404)
    expect(await next.json()).toMatchObject({ error: { code: 'model_not_found', param: 'model' } })
    lanes.here.release()
    expect(await stream.text()).toMatch(/\[DONE\]\n\n$/)
  })
})

test('a router that starts with broken files runs, says so, and takes them when they are mended', async () => {
  await start({ routing: 'nonsense\n' })
  expect(await health()).toMatchObject({ status: 'degraded', config_error: { file: 'routing.yaml', line: 1 } })
  expect((await lanes.router.chat({ model: 'm' })).status).toBe(404)
  lanes.router.write({ 'routing.yaml': 'split: {remote_share: 1}\n' })
  await events.next(({ type, ok }) => type === 'config' && ok === true)
  expect(laneOf(await lanes.router.chat({ model: 'm' }))).toBe('remote')
})
