/** The queue and the starter model by themselves, over real sockets and files: a disk that fills up, silence, and what a person stopped. */

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connectHub, createHub, hubAddress } from '../../../router/backends/index.ts'
import { createDownloadControl, type DownloadControl } from '../../../router/control/download-control.ts'
import { createStarterControl, type StarterHold } from '../../../router/control/starter-control.ts'
import { systemClock } from '../../../router/core/clock.ts'
import type { RouterEvent } from '../../../router/core/events.ts'
import { type Patience, patient } from '../../../router/engine/download.ts'
import { checkGguf } from '../../../router/engine/gguf-check.ts'
import { openRegistry, type Registry } from '../../../router/registry/index.ts'
import { type FakeHub, startFakeHub } from '../../fakes/fake-hub.ts'
import { encodeGguf, tinyGgufParts } from '../../fixtures/tiny-gguf.ts'

type Progress = Extract<RouterEvent, { type: 'download-progress' }>

const tiny = Buffer.from(encodeGguf(tinyGgufParts({ seed: 3 })))
const half = Math.floor(tiny.length / 2)
const wish = { repository: 'lab/tiny', path: 'tiny.gguf', revision: null }

let folder: string
let hub: FakeHub
let registry: Registry
let control: DownloadControl | null
let seen: Progress[]
let wake: () => void

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'headgate-downloads-'))
  mkdirSync(join(folder, 'models'))
  hub = await startFakeHub({ 'lab/tiny': { files: { 'tiny.gguf': { bytes: tiny } } } })
  registry = openRegistry(':memory:', systemClock)
  control = null
  seen = []
  wake = () => {}
})
afterEach(async () => {
  await control?.stop()
  registry.close()
  await hub.close()
  rmSync(folder, { recursive: true, force: true })
})

const models = () => join(folder, 'models')
const fault = (what: FakeHub['repositories'][string]['files'][string]['fault']) =>
  Object.assign(hub.repositories['lab/tiny']!.files['tiny.gguf']!, { fault: what })

function emit(event: RouterEvent): void {
  if (event.type !== 'download-progress') return
  seen.push(event)
  wake()
}

/** Resolves with the first event that satisfies the question, here already or still to come. */
async function until(question: (event: Progress) => boolean): Promise<Progress> {
  for (;;) {
    const found = seen.find(question)
    if (found) return found
    await new Promise<void>((resolve) => {
      wake = resolve
    })
  }
}

function queue(options: { freeBytes?: () => Promise<number>; patience?: Partial<Patience> } = {}): DownloadControl {
  const connection = connectHub(hubAddress(hub.url), async () => null)
  control = createDownloadControl({
    modelsFolder: models(),
    store: registry.downloads,
    hub: createHub(connection),
    fetchRange: connection.open,
    clock: systemClock,
    emit,
    inspectModel: checkGguf,
    onReady: async () => {},
    patience: { ...patient, ...options.patience },
    ...(options.freeBytes === undefined ? {} : { freeBytes: options.freeBytes }),
  })
  return control
}

describe('a disk', () => {
  test('that has no room for it: it is not begun, and both numbers are told', async () => {
    const downloads = queue({ freeBytes: async () => 2e9 })
    hub.repositories['lab/tiny']!.files['tiny.gguf']!.listedBytes = 4.1e9
    await expect(downloads.add(wish)).rejects.toMatchObject({
      status: 409,
      code: 'disk_full',
      message: 'It needs 4.1 GB, 2.0 GB free. Free some space.',
    })
    expect(downloads.list()).toEqual([])
    expect(registry.downloads.list()).toEqual([])
  })

  test('that fills up meanwhile: it stops with the numbers, keeps what has come, and goes on when there is room', async () => {
    let free = 1e12
    const downloads = queue({ freeBytes: async () => free })
    fault({ stallAfter: half })
    const { id } = await downloads.add(wish)
    await hub.stalled()
    await until(({ receivedBytes }) => receivedBytes === half)
    await downloads.change(id, 'paused')
    fault(null)
    free = 50e6
    await downloads.change(id, 'queued')
    const { detail } = await until(({ state }) => state === 'failed')
    expect(detail).toBe('It needs 1 MB, 50 MB free. Free some space, then resume.')
    expect(downloads.list()).toMatchObject([{ problem: 'disk-full', received_bytes: half }])
    free = 1e12
    await downloads.change(id, 'queued')
    await until(({ state }) => state === 'ready')
    expect(hub.starts('tiny.gguf')).toEqual([0, half])
    expect(readFileSync(join(models(), 'tiny.gguf'))).toEqual(tiny)
  })
})

test('silence is told while it lasts, ends the connection when it lasts longer, and the next one continues', async () => {
  const downloads = queue({ patience: { stallMs: 100, silenceMs: 1500, pauseMs: () => 10 } })
  fault({ stallAfter: half })
  await downloads.add(wish)
  await hub.stalled()
  await until(({ isStalled, receivedBytes }) => isStalled && receivedBytes === half)
  expect(downloads.list()).toMatchObject([{ state: 'downloading', stalled: true }])
  fault(null)
  expect((await until(({ state }) => state === 'waiting')).detail).toBe('Nothing came for 1.5 s. Tries again in a moment.')
  await until(({ state }) => state === 'ready')
  expect(downloads.list()).toMatchObject([{ state: 'ready', stalled: false }])
  expect(hub.starts('tiny.gguf')).toEqual([0, half])
})

test('events come at most four times a second, and each change at once', async () => {
  const big = Buffer.concat([tiny, Buffer.alloc(8_000_000)])
  hub.repositories['lab/tiny']!.files['tiny.gguf']!.bytes = big
  const downloads = queue()
  await downloads.add(wish)
  await until(({ state }) => state === 'ready' || state === 'failed')
  const moves = seen.filter((event, at) => event.state === 'downloading' && seen[at - 1]?.state === 'downloading')
  expect(moves.length).toBeLessThan(20)
})

test('what nobody wants any more is swept away at the start', async () => {
  mkdirSync(join(models(), '.downloads', 'dl_gone'), { recursive: true })
  await queue().start()
  expect(readdirSync(join(models(), '.downloads'))).toEqual([])
})

describe('the starter model', () => {
  const never = new AbortController().signal
  let hold: StarterHold
  beforeEach(() => {
    hold = null
  })
  const starter = () =>
    createStarterControl({
      dataFolder: folder,
      modelsFolder: models(),
      resourcesFolder: null,
      description: {
        name: 'tiny',
        file: 'tiny.gguf',
        sizeBytes: tiny.length,
        sha256: createHash('sha256').update(tiny).digest('hex'),
        licence: 'MIT',
        context: 4096,
        sources: [{ kind: 'data-folder' }, { kind: 'hub', hub: 'https://huggingface.co', repository: 'lab/tiny', file: 'tiny.gguf' }],
      },
      setting: null,
      clock: systemClock,
      emit,
      fetchRange: connectHub(hubAddress(hub.url), async () => null).open,
      hub: hub.url,
      held: {
        get: () => hold,
        set: (next) => {
          hold = next
        },
      },
    })

  test('is an entry like the others: it pauses over a restart, goes on where it was, and comes from the configured hub', async () => {
    fault({ stallAfter: half })
    const first = starter()
    const running = first.ensure(never, async () => {})
    await hub.stalled()
    await expect.poll(() => first.view()?.received_bytes).toBe(half)
    expect(first.view()).toMatchObject({ id: 'starter', model: 'tiny', repository: 'lab/tiny', state: 'downloading', total_bytes: tiny.length })
    await first.change('paused')
    await running
    expect(first.view()).toMatchObject({ state: 'paused', received_bytes: half })
    expect(first.listing()?.disabled).toBe('its download is paused')

    fault(null)
    const second = starter()
    let isReady = false
    await second.ensure(never, async () => {
      isReady = true
    })
    expect([isReady, second.view()?.state]).toEqual([false, 'paused'])
    await second.change('queued')
    await until(({ id, state }) => id === 'starter' && state === 'ready')
    await expect.poll(() => isReady).toBe(true)
    expect(hub.starts('tiny.gguf')).toEqual([0, half])
  })

  test('is taken off for good, with what had come, and is had again when somebody wants it', async () => {
    fault({ stallAfter: half })
    const made = starter()
    const running = made.ensure(never, async () => {})
    await hub.stalled()
    await made.remove()
    await running
    expect([made.view(), made.listing(), made.offer()?.state, hold]).toEqual([null, null, 'off', 'removed'])
    expect(existsSync(join(models(), 'tiny.part'))).toBe(false)
    fault(null)
    await made.change('queued')
    await until(({ state }) => state === 'ready')
    expect([made.listing()?.disabled, hold]).toEqual([null, null])
    await made.remove() // a finished one stays
    expect(existsSync(join(models(), 'tiny.gguf'))).toBe(true)
  })
})
