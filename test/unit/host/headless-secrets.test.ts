/** Secrets without a keychain: one file, for its owner alone, whole or not at all. */
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { Secret } from '../../../router/core/secret.ts'
import { createHeadlessHost } from '../../../router/host/headless-host.ts'

let folder: string
const file = () => join(folder, 'secrets.json')
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headgate-secrets-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
})

test('what was set is there in the next run, and removed is removed', async () => {
  const { secrets } = createHeadlessHost(folder)
  expect(secrets.isProtected).toBe(false)
  await secrets.set('provider:a', new Secret('one'))
  await secrets.set('provider:b', new Secret('two'))
  const next = createHeadlessHost(folder).secrets
  expect((await next.get('provider:a'))?.reveal()).toBe('one')
  await next.remove('provider:a')
  await next.remove('never there')
  expect(await next.get('provider:a')).toBeNull()
  expect((await next.get('provider:b'))?.reveal()).toBe('two')
})

test('the file is its owner’s alone, also where one with another mode, or a link, was there before', async () => {
  writeFileSync(file(), '{"old":"x"}', { mode: 0o644 })
  writeFileSync(join(folder, 'elsewhere'), '')
  symlinkSync(join(folder, 'elsewhere'), `${file()}.part`)
  const { secrets } = createHeadlessHost(folder)
  await secrets.set('provider:a', new Secret('one'))
  expect(mode(file())).toBe('600')
  expect(JSON.parse(readFileSync(file(), 'utf8'))).toEqual({ old: 'x', 'provider:a': 'one' })
  expect(readFileSync(join(folder, 'elsewhere'), 'utf8')).toBe('')
})

test.each(['', '{"provider:a": "sk-cut', '[1]', '{"a": 1}'])('a damaged file (%j) is said without its content, and not overwritten', async (text) => {
  writeFileSync(file(), text)
  const { secrets } = createHeadlessHost(folder)
  await expect(secrets.get('provider:a')).rejects.toThrow(/damaged; move it away/)
  await expect(secrets.set('provider:a', new Secret('one'))).rejects.toThrow(/^(?!.*sk-cut).*damaged/)
  expect(readFileSync(file(), 'utf8')).toBe(text)
})
