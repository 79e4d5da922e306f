/** What `HEADGATE_STARTER_MODEL` names is served, or said to be missing. */
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { createStarterControl } from '../../../router/control/starter-control.ts'
import { systemClock } from '../../../router/core/clock.ts'
import type { RouterEvent } from '../../../router/core/events.ts'
import { encodeGguf, tinyGgufParts } from '../../fixtures/tiny-gguf.ts'

let data: string
const events: RouterEvent[] = []
const never = new AbortController().signal

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'headgate-starter-control-'))
  mkdirSync(join(data, 'models'))
  events.length = 0
  onTestFinished(() => rmSync(data, { recursive: true, force: true }))
})

function control(setting: string) {
  return createStarterControl({
    dataFolder: data,
    modelsFolder: join(data, 'models'),
    resourcesFolder: null,
    description: { name: 'starter', file: 'starter.gguf', sizeBytes: 1, sha256: '', licence: 'MIT', context: 8192, sources: [] },
    setting,
    clock: systemClock,
    emit: (event) => void events.push(event),
    fetchRange: () => expect.fail('nothing is to be fetched'),
  })
}

test('a file that is not there is said in the log, in the listing and in the progress', async () => {
  const missing = join(data, 'Missing.gguf')
  const starter = control(missing)
  await starter.ensure(never, async () => expect.fail('nothing is ready'))
  const words = `HEADGATE_STARTER_MODEL cannot be used: There is no model file ${missing}.`
  expect(starter.listing()).toMatchObject({ name: 'missing', file: missing, disabled: words })
  expect(starter.view()).toMatchObject({ state: 'failed', detail: words })
  expect(events.at(-1)).toMatchObject({ type: 'download-progress', state: 'failed', detail: words })
})

test('a file of its own is listed by its absolute path and with the context that it was trained for', async () => {
  const file = join(data, 'Mine.gguf')
  writeFileSync(file, encodeGguf(tinyGgufParts({ contextLength: 2048 })))
  const starter = control(relative(process.cwd(), file))
  let isReady = false
  await starter.ensure(never, async () => {
    isReady = true
  })
  expect(isReady).toBe(true)
  expect(starter.listing()).toEqual({ name: 'mine', file, context: 2048, disabled: null })
})

test('one whose file a person deleted is listed no more, and is not got again by itself', async () => {
  const file = join(data, 'models', 'starter.gguf')
  const bytes = encodeGguf(tinyGgufParts())
  writeFileSync(file, bytes)
  let held: 'paused' | 'removed' | null = null
  const parts = () => ({
    dataFolder: data,
    modelsFolder: join(data, 'models'),
    resourcesFolder: null,
    description: {
      name: 'starter',
      file: 'starter.gguf',
      sizeBytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      licence: 'MIT',
      context: 4096,
      sources: [{ kind: 'data-folder' as const }],
    },
    setting: null,
    held: {
      get: () => held,
      set: (next: typeof held) => {
        held = next
      },
    },
    clock: systemClock,
    emit: (event: RouterEvent) => void events.push(event),
    fetchRange: () => expect.fail('nothing is to be fetched'),
  })
  const starter = createStarterControl(parts())
  await starter.ensure(never, async () => {})
  starter.deleted(join(data, 'models', 'other.gguf'))
  expect(starter.listing()).toMatchObject({ name: 'starter', disabled: null })
  rmSync(file)
  starter.deleted(file)
  expect(starter.listing()).toBe(null)
  expect(held).toBe('removed')
  const next = createStarterControl(parts())
  await next.ensure(never, async () => expect.fail('it is got again'))
  expect(next.listing()).toBe(null)
})
