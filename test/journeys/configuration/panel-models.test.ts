import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lanes, providersOf, startLanes } from '../with-lanes.ts'

let lanes: Lanes
beforeAll(async () => {
  lanes = await startLanes({
    models: (here, away) => `${providersOf(here, away)}models:\n  - {name: of-file, aliases: [nick], deployments: [{provider: here}]}\n`,
  })
})
afterAll(() => lanes.stop())

const call = (method: string, path: string, body?: unknown) => lanes.router.admin(method, `/admin/models${path}`, body)

describe('models of the panel', () => {
  test('are added, answer at once, are changed, kept over a restart, and removed', async () => {
    const entry = { name: 'mine', aliases: ['me'], deployments: [{ provider: 'away', model: 'theirs', lane: 'remote' }] }
    const added = await call('POST', '', entry)
    expect(added).toMatchObject({ status: 201, body: { name: 'mine', aliases: ['me'], source: 'panel', editable: true } })
    const reply = await lanes.router.chat({ model: 'me' })
    expect(reply.headers.get('x-headgate-deployment')).toBe('mine/away')
    expect(JSON.parse(lanes.away.requests.at(-1)!.bytes.toString()).model).toBe('theirs')

    const changed = await call('PATCH', '/mine', { aliases: [], remote_share: 0.25 })
    expect(changed).toMatchObject({ status: 200, body: { aliases: [], own_remote_share: 0.25 } })
    expect((await lanes.router.chat({ model: 'me' })).status).toBe(404)

    lanes.router = await lanes.router.restart()
    expect((await lanes.router.chat({ model: 'mine' })).status).toBe(200)
    expect((await call('GET', '')).body.models.find(({ name }: { name: string }) => name === 'mine')).toMatchObject({ own_remote_share: 0.25 })

    expect((await call('DELETE', '/mine')).status).toBe(204)
    expect((await lanes.router.chat({ model: 'mine' })).status).toBe(404)
    expect((await call('DELETE', '/mine')).status).toBe(404)
  })

  test('may have slashes in their names', async () => {
    expect((await call('POST', '', { name: 'org/model', deployments: [{ provider: 'here' }] })).status).toBe(201)
    expect((await call('PATCH', `/${encodeURIComponent('org/model')}`, { aliases: ['o'] })).status).toBe(200)
    expect((await call('DELETE', `/${encodeURIComponent('org/model')}`)).status).toBe(204)
  })

  test.each([
    ['PATCH', { aliases: [] }],
    ['DELETE', undefined],
  ])('%s of a model that a file sets is refused, and the file is named', async (method, body) => {
    for (const name of ['of-file', 'nick']) {
      const refused = await call(method, `/${name}`, body)
      expect(refused.status).toBe(400)
      expect(refused.body.error).toMatchObject({ code: 'set_by_file', message: expect.stringMatching(/models\.yaml:\d+/) })
    }
    expect((await lanes.router.chat({ model: 'nick' })).status).toBe(200)
  })

  test.each([
    ['without a name', { deployments: [] }, 400, 'missing_required_parameter', /name/],
    ['with a name that is taken by a file', { name: 'of-file' }, 409, 'model_exists', /of-file/],
    ['with a name that is an alias of a file', { name: 'nick' }, 409, 'model_exists', /nick/],
    ['with an unknown provider', { name: 'x', deployments: [{ provider: 'nobody' }] }, 400, 'invalid_model', /nobody/],
    ['with an unknown key', { name: 'x', deploymentz: [] }, 400, 'invalid_model', /deploymentz/],
    ['with a share that is none', { name: 'x', remote_share: 7 }, 400, 'invalid_model', /share/],
    [
      'with a file outside of the models folder',
      { name: 'x', deployments: [{ provider: 'engine', model: '/etc/passwd.gguf' }] },
      400,
      'invalid_model',
      /models folder/,
    ],
  ])('one %s is refused with the reason, and nothing is kept', async (_, entry, status, code, message) => {
    const before = (await call('GET', '')).body
    const refused = await call('POST', '', entry)
    expect(refused.status).toBe(status)
    expect(refused.body.error.code).toBe(code)
    expect(refused.body.error.message).toMatch(message)
    expect((await call('GET', '')).body).toEqual(before)
    lanes.router = await lanes.router.restart()
    expect((await lanes.router.admin('GET', '/health')).body.status).toBe('ok')
    expect((await call('GET', '')).body.models.map(({ name }: { name: string }) => name)).toEqual(
      before.models.map(({ name }: { name: string }) => name),
    )
  })

  test('a change that does not load leaves the model as it was', async () => {
    await call('POST', '', { name: 'kept', deployments: [{ provider: 'away' }] })
    const refused = await call('PATCH', '/kept', { deployments: [{ provider: 'nobody' }] })
    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'invalid_model' } } })
    expect((await lanes.router.chat({ model: 'kept' })).headers.get('x-headgate-deployment')).toBe('kept/away')
  })

  test('nothing is changed while the files are broken, and the reason is theirs', async () => {
    await call('POST', '', { name: 'stays', deployments: [{ provider: 'away' }] })
    lanes.router.write({ 'routing.yaml': 'nonsense: 1\n' })
    await expect.poll(async () => (await lanes.router.admin('GET', '/health')).body.status).toBe('degraded')
    for (const refused of [await call('DELETE', '/stays'), await call('PATCH', '/stays', { aliases: ['s'] })])
      expect(refused).toMatchObject({
        status: 409,
        body: { error: { code: 'configuration_broken', message: expect.stringMatching(/routing\.yaml:1: .*nonsense/) } },
      })
    expect((await lanes.router.chat({ model: 'stays' })).status).toBe(200)
  })
})
