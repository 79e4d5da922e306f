/** Models of the panel: what a failed change leaves behind, and whose fault it is said to be. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ConfigurationError } from '../../../router/config/index.ts'
import { createModelControl, type ModelControlParts } from '../../../router/control/model-control.ts'
import { openRegistry, type Registry } from '../../../router/registry/index.ts'
import { manualClock } from '../../fakes/manual-clock.ts'

let registry: Registry
beforeEach(() => {
  registry = openRegistry(':memory:', manualClock())
})
afterEach(() => registry.close())

interface Named {
  readonly name: string
  readonly aliases?: readonly string[]
}

/** A control over the real registry; the catalog is what `load` makes of its rows. */
function control(load: (rows: readonly Named[]) => Promise<void> | void, more: Partial<ModelControlParts> = {}) {
  let models: readonly Named[] = []
  const rows = () => registry.entries.models().map(({ entry }) => entry as Named)
  return createModelControl({
    catalog: () =>
      ({
        models: models.map((model) => ({
          deployments: [],
          aliases: [],
          fallbacks: [],
          remoteShare: 0.5,
          weightedShare: null,
          source: 'panel',
          ...model,
        })),
        modelsByName: new Map(models.map((model) => [model.name, model])),
        warnings: [],
      }) as never,
    split: { current: () => ({ remoteShare: 0, source: 'default' }) } as never,
    entries: registry.entries,
    deployments: () => [],
    learnFiles: async () => {},
    refuseForeignFile: () => {},
    deleteFile: async () => {},
    async reload() {
      const next = rows()
      await load(next)
      models = next
    },
    ...more,
  })
}
const stored = () => registry.entries.models().map(({ entry }) => entry)

test('a disk that is full is no fault of the model: the error goes on as it is, and nothing is loaded', async () => {
  const full = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })
  let loads = 0
  const models = control(() => void loads++, {
    entries: {
      ...registry.entries,
      putModel() {
        throw full
      },
    },
  })
  await expect(models.add({ name: 'm' })).rejects.toBe(full)
  expect(loads).toBe(0)
})

test('a fault of Headgate itself is not called one of the model', async () => {
  const fault = new TypeError('x is not a function')
  let loads = 0
  const models = control(() => {
    if (loads++ === 0) throw fault
  })
  await expect(models.add({ name: 'm' })).rejects.toBe(fault)
  expect(stored()).toEqual([])
})

test('files that do not load are said as such, with their place', async () => {
  const models = control(() => {
    throw new ConfigurationError('routing.yaml', 4, 'unknown key nonsense')
  })
  await expect(models.add({ name: 'm' })).rejects.toMatchObject({
    status: 409,
    code: 'configuration_broken',
    message: expect.stringContaining('routing.yaml:4: unknown key nonsense'),
  })
  expect(stored()).toEqual([])
})

test('an entry that does not load is refused as the entry that it is', async () => {
  const models = control((rows) => {
    if (rows.length > 0) throw new ConfigurationError('panel', null, 'unknown key deploymentz')
  })
  await expect(models.add({ name: 'm' })).rejects.toMatchObject({ status: 400, code: 'invalid_model', message: 'unknown key deploymentz' })
})

test('two changes at once are made one after the other: a refused one does not undo the other', async () => {
  const models = control(async (rows) => {
    await new Promise((resolve) => setImmediate(resolve))
    if (rows.some(({ aliases }) => aliases?.includes('bad'))) throw new ConfigurationError('panel', null, 'bad alias')
  })
  await models.add({ name: 'm' })
  const [bad, good] = await Promise.allSettled([models.change('m', { aliases: ['bad'] }), models.change('m', { aliases: ['good'] })])
  expect([bad.status, good.status, stored()]).toEqual(['rejected', 'fulfilled', [{ name: 'm', aliases: ['good'] }]])
})
