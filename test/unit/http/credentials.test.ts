/** The one reading of a credential, whatever header carries it. */
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { tokenOf } from '../../../router/http/credentials.ts'

/** A message with these header lines, as Node's parser would make it. */
function messageWith(lines: readonly (readonly [string, string])[]): IncomingMessage {
  const message = new IncomingMessage(new Socket())
  message.url = '/v1/models?key=from-the-query&api_key=from-the-query'
  for (const [name, value] of lines) {
    message.rawHeaders.push(name, value)
    message.headers[name.toLowerCase()] ??= value
  }
  return message
}

describe('a token', () => {
  it.each([
    [[], null],
    [[['Authorization', 'Bearer abc']], 'abc'],
    [[['AUTHORIZATION', 'bEaReR   abc']], 'abc'],
    [[['authorization', "Bearer ' OR 1=1"]], "' OR 1=1"],
    [[['authorization', 'Basic abc']], null],
    [[['authorization', 'Bearer']], null],
    [[['authorization', 'Bearer ']], null],
    [[['authorization', 'Bearerabc']], null],
    [[['authorization', 'abc']], null],
    [[['X-Api-Key', 'abc']], 'abc'],
    [[['api-key', 'abc']], 'abc'],
    [[['x-goog-api-key', 'abc']], 'abc'],
    [[['x-api-key', '']], null],
    [
      [
        ['authorization', 'Bearer abc'],
        ['x-api-key', 'abc'],
      ],
      'abc',
    ],
    [
      [
        ['authorization', 'Bearer abc'],
        ['Authorization', 'Bearer abc'],
      ],
      null,
    ],
    [[['cookie', 'token=abc']], null],
  ] as const)('of %j is %j', (lines, token) => {
    expect(tokenOf(messageWith(lines))).toBe(token)
  })

  it('is refused where two headers carry two', () => {
    const message = messageWith([
      ['authorization', 'Bearer abc'],
      ['x-goog-api-key', 'abd'],
    ])
    expect(() => tokenOf(message)).toThrow(expect.objectContaining({ status: 400, code: 'conflicting_credentials' }))
  })
})
