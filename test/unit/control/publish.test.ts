import { expect, test } from 'vitest'
import { createPublisher } from '../../../router/control/publish.ts'

test('the panel is told of a change that another program made, as news of the configuration', () => {
  const published: unknown[] = []
  const read = createPublisher({
    isFollowed: () => true,
    publish: (name, data) => published.push([name, data]),
    requestView: () => ({}),
    deployment: () => null,
    split: () => null,
  })
  read({ type: 'setting-changed', what: 'paused', by: 'tray', detail: 'on' })
  expect(published).toEqual([['config', { ok: true, changed: 'paused', by: 'tray', detail: 'on' }]])
})
