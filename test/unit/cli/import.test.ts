/** `headgate import`: dry unless told to write, never over a file, never what does not load. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { importFiles } from '../../../router/cli/import.ts'

const fixtures = new URL('../../fixtures/import/', import.meta.url).pathname
let data = ''
let said: { out: string; err: string }
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'headgate-'))
  said = { out: '', err: '' }
  vi.spyOn(console, 'log').mockImplementation((line: string) => void (said.out += `${line}\n`))
  vi.spyOn(console, 'error').mockImplementation((line: string) => void (said.err += `${line}\n`))
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(data, { recursive: true, force: true })
})

const run = (names: readonly string[], options: { readonly write?: boolean } = {}) =>
  importFiles(
    names.map((name) => (name.startsWith('/') ? name : join(fixtures, name))),
    { data, ...options },
    {},
  )
const config = () => join(data, 'config')
const modeOf = (path: string) => statSync(path).mode & 0o777

test('a dry run prints the file and writes none', async () => {
  expect(await run(['litellm.yaml'])).toBe(0)
  expect(said.out).toMatch(/^# Imported by `headgate import`: litellm\.yaml \(LiteLLM\)\nproviders:\n/)
  expect(said.out).toContain('api_key: "[secret]"')
  expect(said.err).toContain('left out  litellm.yaml:37  titan: bedrock is a provider')
  expect(said.err).toContain('In force: strategy fastest_response, 0 % remote per session, with fallback.')
  expect(said.err).toContain('Dry run: nothing was written.')
  expect(existsSync(config())).toBe(false)
})

test('--write makes a new file that only its owner can read where it holds a key', async () => {
  expect(await run(['litellm.yaml'], { write: true })).toBe(0)
  const path = join(config(), 'imported-litellm.yaml')
  expect(said.out).toBe(`${path}\n`)
  expect(readFileSync(path, 'utf8')).toContain('sk-lab-0123456789')
  expect(modeOf(path)).toBe(0o600)
  expect(said.err).toContain('${VAR} with the value in .env or the environment is better')
})

test('several files become one, named after the first', async () => {
  expect(await run(['hybrid-models.yaml', 'hybrid-routing.yaml'], { write: true })).toBe(0)
  expect(readdirSync(config())).toEqual(['imported-hybrid-models.yaml'])
  expect(modeOf(join(config(), 'imported-hybrid-models.yaml'))).toBe(0o644 & ~process.umask())
})

test('a second --write leaves the first file alone', async () => {
  await run(['deployment.example.yaml'], { write: true })
  const path = join(config(), 'imported-deployment.example.yaml')
  writeFileSync(path, 'timeout: 3\n')
  expect(await run(['deployment.example.yaml'], { write: true })).toBe(1)
  expect(readFileSync(path, 'utf8')).toBe('timeout: 3\n')
  expect(said.err).toContain('imported-deployment.example.yaml: a file of that name is there already; it is not overwritten\nNothing was written.\n')
})

test('what contradicts the folder is not written, and both places are named', async () => {
  mkdirSync(config())
  writeFileSync(join(config(), 'routing.yaml'), 'strategy: round_robin\n')
  expect(await run(['litellm.yaml'], { write: true })).toBe(1)
  expect(said.err).toMatch(/routing\.yaml:1: strategy is set in imported-litellm\.yaml:\d+ and in routing\.yaml:1\nNothing was written\.\n$/)
  expect(readdirSync(config())).toEqual(['routing.yaml'])
})

test('a file that cannot be read is named', async () => {
  expect(await run(['/nowhere/at-all.yaml'])).toBe(1)
  expect(said).toEqual({ out: '', err: '/nowhere/at-all.yaml: the file cannot be read (ENOENT)\n' })
})

test('a file that is neither is refused with file and line', async () => {
  const path = join(data, 'compose.yaml')
  writeFileSync(path, 'services: {}\n')
  expect(await run([path])).toBe(1)
  expect(said.err).toMatch(/^compose\.yaml:1: this is no configuration of LiteLLM /)
})
