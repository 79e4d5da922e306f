/** The page without a router: names are text, buttons are the only actions, and a port is one a person may choose. */
import { expect, test } from 'vitest'
import { actionOf, startProblemPage } from '../../../electron/pages/start-problem.ts'

test('the name of a program is shown as text', () => {
  const page = startProblemPage({
    title: 'Port 4777 is in use by <img src=x onerror="1">',
    text: "a & b's",
    otherPort: null,
    refusal: '</p><script>',
  })
  expect(page).not.toContain('<img')
  expect(page.match(/<script/g)).toBeNull()
  expect(page).toContain('&#60;img src=x onerror=&#34;1&#34;&#62;')
})

test('another port is offered only where it helps', () => {
  const problem = { title: 't', text: 'x', refusal: null }
  expect(startProblemPage({ ...problem, otherPort: null })).not.toContain('use-port')
  expect(startProblemPage({ ...problem, otherPort: 4778 })).toContain('value="4778"')
})

test.each([
  ['headgate-page://start/retry?', { type: 'retry' }],
  ['headgate-page://start/quit', { type: 'quit' }],
  ['headgate-page://start/use-port?port=4778', { type: 'use-port', port: 4778 }],
  ['headgate-page://start/use-port?port=80', null],
  ['headgate-page://start/use-port?port=70000', null],
  ['headgate-page://start/use-port?port=47.5', null],
  ['headgate-page://start/use-port', null],
  ['headgate-page://other/retry', null],
  ['http://start/retry', null],
  ['nonsense', null],
])('%s is %o', (url, action) => {
  expect(actionOf(url)).toEqual(action)
})
