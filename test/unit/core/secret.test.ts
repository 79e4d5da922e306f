/** A secret shows itself to `reveal()` only, whatever prints, joins, copies or serialises it. */
import { format, inspect } from 'node:util'
import { expect, test } from 'vitest'
import { Secret } from '../../../router/core/secret.ts'

const text = 'sk-very-secret-0123456789'
const secret = new Secret(text)

test('only reveal() gives the text', () => {
  expect(secret.reveal()).toBe(text)
})

test.each<[string, () => string]>([
  ['String()', () => String(secret)],
  ['a template', () => `${secret}`],
  ['joining', () => [secret, secret].join(',')],
  ['JSON', () => JSON.stringify({ deep: [{ secret }] })],
  ['inspect', () => inspect({ deep: { secret } }, { depth: null, showHidden: true, getters: true })],
  ['format', () => format('%s %o %O %j', secret, secret, secret, { secret })],
  ['an error message', () => new Error(`failed with ${secret}`).stack ?? ''],
  ['its keys and values', () => JSON.stringify([Object.entries(secret), { ...secret }, Reflect.ownKeys(secret)])],
  ['a structured clone', () => JSON.stringify(structuredClone(secret))],
])('%s does not show it', (_, print) => {
  expect(print()).not.toContain(text)
})

test('what is printed says that something was left out', () => {
  expect([String(secret), JSON.stringify(secret), inspect(secret)]).toEqual(['[secret]', '"[secret]"', '[secret]'])
})

test('its fingerprint tells it from another and gives nothing of it away', () => {
  expect(secret.fingerprint()).toBe(new Secret(text).fingerprint())
  expect(secret.fingerprint()).not.toBe(new Secret(`${text}x`).fingerprint())
  expect(secret.fingerprint()).toMatch(/^[0-9a-f]{12}$/)
})

test('it is hidden wherever it stands in a text; a short word that stands for "none" is left alone', () => {
  expect(secret.hiddenIn(`a ${text}, b${text}`)).toBe('a [secret], b[secret]')
  expect(new Secret('ollama').hiddenIn('ollama is loading')).toBe('ollama is loading')
  expect(new Secret('a$&(b)*c').hiddenIn('key a$&(b)*c.')).toBe('key [secret].')
})
