/** The models folder as the catalog sees it: whatever lies in it, the router starts, and the log says what is left out. */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { createCatalogControl } from '../../../router/control/catalog-control.ts'
import { systemClock } from '../../../router/core/clock.ts'
import { createEventBus, type RouterEvent } from '../../../router/core/events.ts'
import { checkGguf } from '../../../router/engine/gguf-check.ts'
import { openRegistry } from '../../../router/registry/index.ts'
import { encodeGguf, tinyGgufParts } from '../../fixtures/tiny-gguf.ts'

let data: string
let models: string
const events: RouterEvent[] = []
const warnings = () => events.flatMap((event) => (event.type === 'log' ? [event.message] : []))

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'headgate-catalog-'))
  models = join(data, 'models')
  mkdirSync(models)
  events.length = 0
  onTestFinished(() => rmSync(data, { recursive: true, force: true }))
})

function control() {
  const registry = openRegistry(join(data, 'test.db'), systemClock, (trouble) => expect(trouble).toBeNull())
  onTestFinished(() => registry.close())
  const bus = createEventBus((error) => expect.fail(String(error)))
  bus.subscribe((event) => void events.push(event))
  return createCatalogControl({
    folder: join(data, 'config'),
    dataFolder: data,
    modelsFolder: models,
    environment: {},
    entries: registry.entries,
    providerChanges: async () => ({ credentials: new Map(), switchedOff: new Set(), budgets: new Map() }),
    bus,
    inspectModel: checkGguf,
    starter: () => null,
  })
}

const names = (catalog: Awaited<ReturnType<typeof control>>) =>
  catalog
    .current()
    .models.map(({ name }) => name)
    .filter((name) => name !== 'auto')

test('a dangling link, a folder and a broken file beside a good model are left out with a word each, and the router starts', async () => {
  writeFileSync(join(models, 'Good.gguf'), encodeGguf(tinyGgufParts()))
  symlinkSync(join(data, 'nowhere.gguf'), join(models, 'dangling.gguf'))
  mkdirSync(join(models, 'folder.gguf'))
  writeFileSync(join(models, 'broken.gguf'), 'GGUF')
  writeFileSync(join(models, '._Good.gguf'), 'left by another system')
  const catalogs = await control()
  expect(names(catalogs)).toEqual(['good'])
  expect(warnings().map((message) => message.split(' in the models folder is left out')[0])).toEqual(['broken.gguf', 'dangling.gguf', 'folder.gguf'])
  await catalogs.reload('test')
  expect(warnings(), 'told once').toHaveLength(3)
})

test('a file that is still being copied is left out until it is whole', async () => {
  const bytes = encodeGguf(tinyGgufParts())
  const file = join(models, 'slow.gguf')
  writeFileSync(file, bytes.subarray(0, bytes.length / 2))
  const catalogs = await control()
  expect(names(catalogs)).toEqual([])
  appendFileSync(file, bytes.subarray(bytes.length / 2))
  await catalogs.reload('models folder')
  expect(names(catalogs)).toEqual(['slow'])
  expect(warnings()).toHaveLength(1)
})

test('a models folder that went away has no models', async () => {
  writeFileSync(join(models, 'good.gguf'), encodeGguf(tinyGgufParts()))
  const catalogs = await control()
  rmSync(models, { recursive: true })
  await catalogs.reload('models folder')
  expect(names(catalogs)).toEqual([])
})

test('a model with a trained context of 128k offers the usual 8192 tokens', async () => {
  writeFileSync(join(models, 'long.gguf'), encodeGguf(tinyGgufParts({ contextLength: 131_072 })))
  const catalogs = await control()
  expect(catalogs.current().modelsByName.get('long')?.deployments[0]?.context).toBe(8192)
})

test('a setting that the engine reads at the start is named, as long as it differs from what the engine has', async () => {
  const file = join(data, 'config', 'server.yaml')
  mkdirSync(join(data, 'config'))
  writeFileSync(file, 'engine:\n  slots: 2\n')
  const catalogs = await control()
  await catalogs.reload('test')
  expect(catalogs.current().warnings).toEqual([])
  writeFileSync(file, 'engine:\n  slots: 2\n  context: 4096\n  threads: 3\n')
  await catalogs.reload('test')
  expect(catalogs.current().warnings).toEqual([{ file: 'server.yaml', line: 4, message: 'engine.threads: in force after a restart' }])
  expect(events.at(-1)).toMatchObject({ type: 'config-applied', warnings: ['server.yaml:4: engine.threads: in force after a restart (test)'] })
  writeFileSync(file, 'require_key: false\n')
  await catalogs.reload('test')
  expect(catalogs.current().warnings).toEqual([{ file: 'server.yaml', line: null, message: 'engine.slots: in force after a restart' }])
  writeFileSync(file, 'engine:\n  slots: 2\n')
  await catalogs.reload('test')
  expect(catalogs.current().warnings).toEqual([])
})
