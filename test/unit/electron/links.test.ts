/** headgate:// links: two forms, and whatever else is sent, nothing (security page, e67). */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { linkIn, parseLink } from '../../../electron/links.ts'

test.each([
  ['headgate://open?view=activity', '#/activity'],
  ['headgate://open/?view=settings', '#/settings'],
  ['headgate://install?repo=Qwen/Qwen3-8B-GGUF&quant=Q4_K_M', '#/models?get=Qwen%2FQwen3-8B-GGUF&quant=Q4_K_M'],
  ['headgate://install?quant=Q8_0&repo=a/b', '#/models?get=a%2Fb&quant=Q8_0'],
  ['headgate://install?repo=a/b', '#/models?get=a%2Fb'],
])('%s leads to %s', (link, place) => {
  expect(parseLink(link)).toBe(place)
})

test.each([
  'headgate://open',
  'headgate://open?view=activity#/settings',
  'headgate://open?view=activity&view=logs',
  'headgate://open?view=activity&code=x',
  'headgate://open?view=../etc',
  'headgate://open?view=',
  'headgate://open/settings?view=logs',
  'headgate://user@open?view=logs',
  'headgate://open:80?view=logs',
  'headgate://install?repo=a',
  'headgate://install?repo=a/b/c',
  'headgate://install?repo=../b',
  'headgate://install?repo=a/..',
  'headgate://install?repo=a%2F..%2F..',
  'headgate://install?repo=https://evil.test/a',
  'headgate://install?repo=a/b&quant=Q4%0AX',
  'headgate://install?repo=a/b&quant=../x',
  'headgate://install?repo=a/b&path=/etc/passwd',
  'headgate://install?repo=-a/b',
  'headgate://run?command=ls',
  'HEADGATE://open?view=logs ',
  'javascript:headgate://open?view=logs',
  'https://open?view=logs',
  '',
])('%s is nothing', (link) => {
  expect(parseLink(link)).toBeNull()
})

test('whatever comes, the result is a place of the panel or nothing, and every character of it is harmless', () => {
  const parts = fc.constantFrom(
    'headgate://',
    'open',
    'install',
    '?',
    '&',
    '=',
    'view',
    'repo',
    'quant',
    'activity',
    'a/b',
    '..',
    '%2e',
    '#',
    '@',
    '\\',
    '\0',
    '\n',
    'é',
    ':80',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ maxLength: 600 }),
        fc.webUrl(),
        fc.array(parts, { maxLength: 20 }).map((list) => `headgate://${list.join('')}`),
      ),
      (text) => {
        const place = parseLink(text)
        if (place !== null) expect(place).toMatch(/^#\/(\w+|models\?get=[\w.%-]+(&quant=\w+)?)$/)
      },
    ),
    { numRuns: 20_000 },
  )
})

test('the link is found among the arguments of a start', () => {
  expect(linkIn(['/opt/headgate', '--flag', 'headgate://open?view=logs'])).toBe('headgate://open?view=logs')
  expect(linkIn(['/opt/headgate', 'https://x.test'])).toBeNull()
})
