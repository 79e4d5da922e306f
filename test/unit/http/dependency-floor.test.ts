/** e33: no release of the HTTP libraries with a known, mended fault is installed. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const installed = (name: string): string =>
  (JSON.parse(readFileSync(new URL(`../../../node_modules/${name}/package.json`, import.meta.url), 'utf8')) as { version: string }).version

function isAtLeast(version: string, floor: string): boolean {
  const parts = version.split('.').map(Number)
  for (const [index, least] of floor.split('.').map(Number).entries()) {
    const part = parts[index] ?? 0
    if (part !== least) return part > least
  }
  return true
}

it.each([
  ['fastify', '5.12.2'],
  ['undici', '8.9.0'],
])('%s is at least %s', (name, floor) => {
  expect([name, installed(name), isAtLeast(installed(name), floor)]).toEqual([name, expect.any(String), true])
})

it('Node is at least 22.22.2, or 24.14.1', () => {
  const version = process.versions.node
  expect([version, isAtLeast(version, version.startsWith('22.') ? '22.22.2' : '24.14.1')]).toEqual([version, true])
})
