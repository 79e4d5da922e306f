import { mkdir, open, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { modelFilesIn, watchConfiguration, watchModels } from '../../../router/config/index.ts'
import { systemClock } from '../../../router/core/clock.ts'
import { folderWith, loadFolder } from '../../unit/config/configuration-files.ts'

const limit = { timeout: 30_000, interval: 50 }

/** Watches and loads at each change, as the router does. */
async function follow(folder: string) {
  const applied: string[] = []
  const at: number[] = []
  const watcher = await watchConfiguration({
    folder,
    clock: systemClock,
    onChange: () => {
      at.push(systemClock.monotonic())
      loadFolder(folder).then(
        (catalog) => applied.push(`${catalog.files.join(' ')} ${catalog.split.remoteShare}`),
        (error: unknown) => applied.push(String(error)),
      )
    },
  })
  onTestFinished(() => watcher.close())
  return { applied, at, watcher, until: (last: string) => vi.waitFor(() => expect(applied.at(-1)).toBe(last), limit) }
}

const text = (share: number) => `split: {remote_share: ${share}}\n`

test('200 rewrites end with the last one applied, and no two applies are closer than a second', async () => {
  const folder = await folderWith({ 'routing.yaml': text(0) })
  const { at, until } = await follow(folder)
  for (let round = 1; round <= 200; round++) {
    await writeFile(join(folder, 'routing.yaml'), text(round / 1000))
    await new Promise(setImmediate)
  }
  await until('routing.yaml 0.2')
  expect(at.length).toBeGreaterThan(0)
  expect(at.length).toBeLessThan(100)
  for (const [index, time] of at.entries()) if (index > 0) expect(time - (at[index - 1] as number)).toBeGreaterThanOrEqual(995)
}, 60_000)

test('atomic renames, deletion and re-creation of a file are seen, again and again', async () => {
  const folder = await folderWith({ 'routing.yaml': text(0) })
  const { until } = await follow(folder)
  const file = join(folder, 'routing.yaml')
  for (const share of [0.1, 0.2]) {
    await writeFile(join(folder, '.routing.yaml.tmp'), text(share))
    await rename(join(folder, '.routing.yaml.tmp'), file)
    await until(`routing.yaml ${share}`)
    await rm(file)
    await until(' 0')
  }
  await writeFile(file, text(0.3))
  await until('routing.yaml 0.3')
  await writeFile(join(folder, 'other.yml'), 'strategy: random\n')
  await until('other.yml routing.yaml 0.3')
}, 60_000)

test('a folder that is not there yet, goes and comes back is followed', async () => {
  const parent = await folderWith({})
  const folder = join(parent, 'config')
  const { until } = await follow(folder)
  await mkdir(folder)
  await writeFile(join(folder, 'routing.yaml'), text(0.1))
  await until('routing.yaml 0.1')
  await rm(folder, { recursive: true })
  await until(' 0')
  await mkdir(folder)
  await writeFile(join(folder, 'routing.yaml'), text(0.2))
  await until('routing.yaml 0.2')
  await writeFile(join(folder, 'routing.yaml'), text(0.4))
  await until('routing.yaml 0.4')
}, 90_000)

test('a link that is turned to another folder, as mounted configurations do, is seen', async () => {
  const folder = await folderWith({ 'v1/routing.yaml': text(0.1), 'v2/routing.yaml': text(0.2) })
  await symlink('v1', join(folder, '..data'))
  await symlink(join('..data', 'routing.yaml'), join(folder, 'routing.yaml'))
  const { until } = await follow(folder)
  await symlink('v2', join(folder, '..next'))
  await rename(join(folder, '..next'), join(folder, '..data'))
  await until('routing.yaml 0.2')
}, 60_000)

test('files that are no configuration tell nothing, .env does, and after close nothing is told', async () => {
  const folder = await folderWith({ 'routing.yaml': text(0.5) })
  const { at, watcher, until } = await follow(folder)
  await writeFile(join(folder, 'notes.txt'), 'x')
  await writeFile(join(folder, '.routing.yaml.swp'), 'x')
  await writeFile(join(folder, '.env'), 'A=1\n')
  await until('routing.yaml 0.5')
  expect(at).toHaveLength(1)
  await writeFile(join(folder, 'routing.yaml'), text(0.6))
  await watcher.close()
  await new Promise((resolve) => setTimeout(resolve, 1300))
  expect(at).toHaveLength(1)
}, 60_000)

test('the models folder is told when a model is there whole, goes, or is linked, and not of partial downloads', async () => {
  const folder = await folderWith({})
  const seen: string[] = []
  const watcher = await watchModels({ folder, clock: systemClock, onChange: () => seen.push(modelFilesIn(folder).join(' ')) })
  onTestFinished(() => watcher.close())
  const until = (last: string) => vi.waitFor(() => expect(seen.at(-1)).toBe(last), limit)
  await writeFile(join(folder, 'starter.part'), 'x')
  await writeFile(join(folder, '.hidden.gguf'), 'x')
  const handle = await open(join(folder, 'a.gguf'), 'w')
  for (let part = 0; part < 50; part++) {
    await handle.write('x'.repeat(1000))
    await new Promise(setImmediate)
  }
  await handle.close()
  await until('a.gguf')
  expect(seen).toEqual(['a.gguf'])
  await symlink('a.gguf', join(folder, 'B.GGUF'))
  await until('B.GGUF a.gguf')
  await rm(join(folder, 'a.gguf'))
  await until('B.GGUF')
}, 60_000)
