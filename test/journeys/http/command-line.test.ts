/** Every `headgate` command as a process, against a running router and without one: what it prints, what it changes, how it exits. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../router/core/clock.ts'
import { openRegistry } from '../../../router/registry/index.ts'
import { providerKey, type Stage, startStage } from '../bad-input/refusals.ts'
import { type Finished, headgate, startHeadgate } from './headgate-process.ts'

let stage: Stage
/** A folder on which no router runs. */
let nowhere: string
beforeAll(async () => {
  stage = await startStage()
  nowhere = mkdtempSync(join(tmpdir(), 'headgate-'))
})
afterAll(async () => {
  await stage.stop()
  rmSync(nowhere, { recursive: true, force: true })
})

const run = (...args: string[]) => headgate(args, stage.test.data)
const split = async () => {
  const { remote_share, fallback, lock, preset, source } = (await stage.test.admin('GET', '/admin/split')).body
  return { remote_share, fallback, lock, preset, source }
}
const sentence = (finished: Finished) => [finished.code, finished.out, finished.err.trim().split('\n').length]

describe('without a router', () => {
  it.each([['status'], ['split'], ['split', '30'], ['explain', 'm']])('%s says so and exits with 1', async (...args) => {
    const finished = await headgate(args, nowhere)
    expect(sentence(finished)).toEqual([1, '', 1])
    expect(finished.err).toContain('No Headgate is running')
  })

  it('token works on the folder alone', async () => {
    const created = await headgate(['token', 'create', '--name', 'zed'], nowhere)
    expect([created.code, created.err]).toEqual([0, ''])
    expect(created.out).toMatch(/^hg-[\w-]{32}\n$/)
    const key = created.out.trim()
    const listed = await headgate(['token', 'list'], nowhere)
    expect(listed.out).toMatch(new RegExp(`^key_\\w+  ${key.slice(0, 7)}…  zed  created .*  never used\n$`))
    expect(listed.out).not.toContain(key)
    expect((await headgate(['token', 'revoke', 'zed'], nowhere)).code).toBe(0)
    const again = await headgate(['token', 'revoke', 'zed'], nowhere)
    expect(sentence(again)).toEqual([1, '', 1])
    expect((await headgate(['token', 'list'], nowhere)).out).toContain('revoked')
  })

  it('token revoke takes the key as it was printed, and echoes none', async () => {
    const key = (await headgate(['token', 'create', '--name', 'pasted'], nowhere)).out.trim()
    expect(await headgate(['token', 'revoke', key], nowhere)).toMatchObject({ code: 0, out: expect.stringMatching(/^revoked key_\w+ \(pasted\)\n$/) })
    const again = await headgate(['token', 'revoke', key], nowhere)
    expect([again.code, again.err.includes(key), again.err.includes(key.slice(0, 7))]).toEqual([1, false, true])
  })

  it('token revoke takes an id first, and refuses a name that several keys have', async () => {
    for (const _ of [1, 2]) await headgate(['token', 'create', '--name', 'twice'], nowhere)
    const ids = [...(await headgate(['token', 'list'], nowhere)).out.matchAll(/^(key_\w+) .* twice /gm)].map(([, id]) => id as string)
    const refused = await headgate(['token', 'revoke', 'twice'], nowhere)
    expect(sentence(refused)).toEqual([1, '', 1])
    for (const id of ids) expect(refused.err).toContain(id)
    expect((await headgate(['token', 'revoke', ids[0] as string], nowhere)).out).toBe(`revoked ${ids[0]} (twice)\n`)
    expect((await headgate(['token', 'revoke', 'twice'], nowhere)).out).toBe(`revoked ${ids[1]} (twice)\n`)
  })

  it('check takes what the panel added into account, and says so where it cannot be read', async () => {
    const entry = { name: 'of-panel', deployments: [{ provider: 'engine', model: '/etc/passwd.gguf' }] }
    const data = mkdtempSync(join(tmpdir(), 'headgate-'))
    const registry = openRegistry(join(data, 'headgate.db'), systemClock)
    registry.entries.putModel('of-panel', entry)
    registry.entries.putProvider('mistral', {})
    registry.settings.set('providerChanges', { openai: { key: true }, mistral: { key: true }, groq: { off: true } })
    registry.close()
    const { out } = await headgate(['check'], data)
    expect(out).toContain('of-panel')
    expect(out, 'which providers have a key, without a look at one').toMatch(/^Keys pasted in the panel, which are not read here: mistral, openai$/m)
    expect(out).not.toMatch(/OPENAI_API_KEY is not set|MISTRAL_API_KEY is not set/)
    expect(out).toMatch(/^ {2}groq +switched off in the panel/m)
    writeFileSync(join(data, 'headgate.db'), 'no database '.repeat(500))
    const without = await headgate(['check'], data)
    expect([without.code, without.err]).toEqual([0, expect.stringContaining('What the panel added is not checked')])
    rmSync(data, { recursive: true, force: true })
  })

  it('check prints every value with its source, or the place of the fault', async () => {
    const good = await headgate(['check'], stage.test.data, { FAR_KEY: providerKey })
    expect(good.code).toBe(0)
    expect(good.out).toMatch(/^ +m\/far .*# models\.yaml:\d+$/m)
    expect(good.out).toMatch(/^split\.remote_share +0 +# default$/m)
    expect(good.out + good.err).not.toContain(providerKey)
    const config = join(nowhere, 'broken')
    mkdirSync(config)
    writeFileSync(join(config, 'models.yaml'), 'models:\n  - {name: m, deploymnts: []}\n')
    const bad = await headgate(['check', '--config', config], nowhere)
    expect([bad.code, bad.out]).toEqual([1, ''])
    expect(bad.err).toMatch(/models\.yaml:2: .*deployments/)
  })

  it('a command that does not exist, or lacks its argument, shows the help', async () => {
    for (const args of [['frobnicate'], ['probe'], ['token', 'frobnicate']]) {
      const finished = await headgate(args, nowhere)
      expect([args, finished.code]).toEqual([args, 1])
      expect(finished.err).toContain('Usage: headgate')
    }
  })
})

describe('probe', () => {
  it('a server that answers is healthy', async () => {
    const finished = await run('probe', `${stage.test.url}/health`, '--expect-ms', '60000')
    expect([finished.code, finished.out]).toEqual([0, expect.stringMatching(/^STATUS=healthy,LATENCY_MS=\d+(\.\d)?\n$/)])
  })

  it('a whole completion counts as an answer', async () => {
    const finished = await run('probe', `${stage.fake.url}/chat/completions`, '--expect-ms', '60000')
    expect([finished.code, finished.out]).toEqual([0, expect.stringContaining('STATUS=healthy')])
  })

  it('a base URL is asked what such a server surely has', async () => {
    for (const url of [stage.test.url, `${stage.test.url}/`, `${stage.test.url}/v1`, stage.fake.url])
      expect(await run('probe', url, '--expect-ms', '60000')).toMatchObject({ code: 0, out: expect.stringContaining('STATUS=healthy') })
  })

  it('a refused connection is down', async () => {
    expect(await run('probe', 'http://127.0.0.1:1/v1/models')).toMatchObject({ code: 1, out: 'STATUS=down,LATENCY_MS=\n' })
  })

  it('an error, and an answer that took too long, are degraded', async () => {
    const error = await run('probe', `${stage.test.url}/nothing`)
    expect([error.code, error.out, error.err]).toEqual([1, expect.stringContaining('STATUS=degraded'), expect.stringContaining('404')])
    const slow = await run('probe', `${stage.test.url}/health`, '--expect-ms', '0')
    expect([slow.code, slow.out]).toEqual([1, expect.stringMatching(/^STATUS=degraded,LATENCY_MS=\d/)])
  })

  it('what is no address is refused', async () => {
    const finished = await run('probe', 'nonsense')
    expect(sentence(finished)).toEqual([1, '', 1])
  })
})

describe('split', () => {
  it.each([
    ['30', { remote_share: 0.3, fallback: true, lock: null, preset: 'custom' }],
    ['0', { remote_share: 0, fallback: true, lock: null, preset: 'prefer-local' }],
    ['100', { remote_share: 1, fallback: true, lock: null, preset: 'prefer-remote' }],
    ['12.5', { remote_share: 0.125, fallback: true, lock: null, preset: 'custom' }],
    ['local-only', { remote_share: 0, fallback: false, lock: 'local', preset: 'local-only' }],
    ['prefer-local', { remote_share: 0, fallback: true, lock: null, preset: 'prefer-local' }],
    ['balanced', { remote_share: 0.5, fallback: true, lock: null, preset: 'balanced' }],
    ['prefer-remote', { remote_share: 1, fallback: true, lock: null, preset: 'prefer-remote' }],
    ['remote-only', { remote_share: 1, fallback: false, lock: 'remote', preset: 'remote-only' }],
  ])('%s is in force with the next request', async (value, expected) => {
    const finished = await run('split', value)
    expect([finished.code, finished.err]).toEqual([0, ''])
    expect(await split()).toEqual({ ...expected, source: 'override' })
    expect(finished.out).toContain(expected.preset)
  })

  it('a share leaves what else was set as it is, and says what changed', async () => {
    await run('split', 'prefer-local')
    await stage.test.admin('PUT', '/admin/split', { fallback: false })
    const finished = await run('split', '30')
    expect(finished.out).toContain('Changed: remote share 0 % → 30 %.')
    expect(await split()).toMatchObject({ remote_share: 0.3, fallback: false, lock: null })
    expect((await run('split', '30')).out).toContain('Nothing changed.')
    await run('split', 'reset')
  })

  it('shows what is in force, and takes the override back', async () => {
    await run('split', '30')
    expect((await run('split')).out).toMatch(/^30 % remote \(custom\).*set by override/)
    expect((await run('split', 'reset')).code).toBe(0)
    expect(await split()).toMatchObject({ remote_share: 0, source: 'default' })
  })

  it.each(['101', '-5', 'abc', '1e2', ''])('%j changes nothing', async (value) => {
    const before = await split()
    const finished = await headgate(['split', '--', value], stage.test.data)
    expect(sentence(finished)).toEqual([1, '', 1])
    expect(await split()).toEqual(before)
  })
})

describe('with a router', () => {
  it('explain says where a request would go, and sends nothing', async () => {
    const before = stage.fake.requests.length
    const words = await run('explain', 'm')
    expect([words.code, words.out]).toEqual([0, expect.stringContaining('1. m/far  remote')])
    const asked = await run('explain', 'm', '--json', '--header', 'x-headgate-route=local', '--prompt', 'A longer prompt')
    expect(JSON.parse(asked.out)).toMatchObject({ model: 'm', plan: [], excluded: [{ deployment: 'm/far' }] })
    const unknown = await run('explain', 'nothing-like-it')
    expect(sentence(unknown)).toEqual([1, '', 1])
    expect(unknown.err).toContain('nothing-like-it')
    expect(sentence(await run('explain', 'm', '--header', 'nonsense'))).toEqual([1, '', 1])
    expect(stage.fake.requests.length).toBe(before)
  })

  it('status tells it in words and as JSON', async () => {
    const words = await run('status')
    expect([words.code, words.err]).toEqual([0, ''])
    expect(words.out).toContain(`at ${stage.test.url} (process ${process.pid})`)
    expect(words.out).toContain('m/far  remote')
    const code = /#code=(\S+)/.exec(words.out)?.[1]
    const session = await fetch(`${stage.test.url}/admin/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
    })
    expect(session.status).toBe(200)
    const json = await run('status', '--json')
    expect(JSON.parse(json.out)).toMatchObject({ pid: process.pid, url: stage.test.url, paused: false, split: { remote_share: expect.any(Number) } })
    expect(json.out).not.toContain(stage.test.adminToken)
  })

  it('a key that is created or revoked beside the router counts with the next request', async () => {
    const key = (await run('token', 'create', '--name', 'beside')).out.trim()
    const ask = () => stage.test.chat({ model: 'm' }, { authorization: `Bearer ${key}` })
    expect((await ask()).status).toBe(200)
    await run('token', 'revoke', 'beside')
    expect((await ask()).status).toBe(401)
  })

  it('logs prints the last lines, and goes on as they come', async () => {
    await expect.poll(async () => (await run('logs')).out).toContain('"msg":"request"')
    expect((await run('logs', '-n', '2')).out.trimEnd().split('\n').length).toBe(2)
    const follower = startHeadgate(['logs', '-f', '-n', '1'], stage.test.data)
    await expect.poll(() => follower.out()).toContain('\n')
    const reply = await stage.test.chat({ model: 'm' })
    await expect.poll(() => follower.out()).toContain(reply.headers.get('x-headgate-request-id'))
    follower.child.kill('SIGTERM')
    await follower.exited()
    const without = await headgate(['logs'], nowhere)
    expect(sentence(without)).toEqual([1, '', 1])
  })
})
