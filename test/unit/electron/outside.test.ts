/** The list of hosts that may be opened outside: it has the page of every provider that issues keys, and nothing passes that only looks like one. */
import { expect, test } from 'vitest'
import { isOutsideAllowed } from '../../../electron/window/outside.ts'
import { filesBelow, root } from '../../architecture/source-tree.ts'

test('the page for keys of every provider can be opened', async () => {
  const { readFileSync } = await import('node:fs')
  const pages = filesBelow('router/providers').flatMap((path) =>
    [...readFileSync(`${root}/${path}`, 'utf8').matchAll(/keysUrl: '([^']+)'|keyPage: '([^']+)'/g)].map(([, one, other]) => one ?? other),
  )
  expect(pages.length).toBeGreaterThan(3)
  expect(pages.filter((page) => !isOutsideAllowed(page as string))).toEqual([])
})

test.each(['https://github.com', 'https://huggingface.co/a/b?x=1#y'])('%s can be', (url) => {
  expect(isOutsideAllowed(url)).toBe(true)
})

test.each([
  'http://github.com',
  'https://github.com.evil.test',
  'https://evil.test/github.com',
  'https://a@github.com',
  'https://github.com:444',
  'file:///x',
  'x',
  '',
])('%s cannot', (url) => {
  expect(isOutsideAllowed(url)).toBe(false)
})
