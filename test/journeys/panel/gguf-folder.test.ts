/** GGUF files used where they lie: looked at without a change, added, answering, and named when they are gone. */
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { encodeGguf, tinyGgufParts, writeTinyGguf } from '../../fixtures/tiny-gguf.ts'
import { startRouter, type TestRouter } from '../with-router.ts'

let home: string
let router: TestRouter

beforeEach(async () => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'headgate-home-')))
  router = await startRouter({ environment: { HOME: home, HEADGATE_LOCAL_SERVERS: 'off', HEADGATE_HUB_URL: 'http://127.0.0.1:1' } })
})
afterEach(async () => {
  await router.stop()
  rmSync(home, { recursive: true, force: true })
})

const look = (path: string) => router.admin('POST', '/admin/gguf/look', { path })
const add = (files: readonly { path: string; name: string }[]) => router.admin('POST', '/admin/gguf/add', { files })
const folder = (...names: string[]) => {
  const path = join(home, ...names)
  mkdirSync(path, { recursive: true })
  return path
}
/** Names, sizes and times of everything below a folder. */
const stampOf = (path: string) =>
  readdirSync(path, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => [name, statSync(join(path, name)).mtimeMs, statSync(join(path, name)).size])

describe('a look', () => {
  test('names each file with its shape, its fit, or what is wrong with it, and changes nothing', async () => {
    const models = folder('Models', 'lab')
    writeTinyGguf(join(models, 'One-Q4_K_M.gguf'), { contextLength: 2048 })
    writeFileSync(join(models, 'broken.gguf'), 'GGUF')
    writeFileSync(join(models, 'notes.txt'), 'x')
    writeTinyGguf(join(models, 'mmproj-one.gguf'))
    const before = stampOf(home)
    const { status, body } = await look('~/Models')
    expect(status).toBe(200)
    expect(body).toMatchObject({
      path: join(home, 'Models'),
      truncated: false,
      files: [
        {
          path: join(models, 'One-Q4_K_M.gguf'),
          name: 'one-q4_k_m',
          architecture: 'llama',
          context: 2048,
          quantization: 'F32',
          fit: { word: 'fits' },
          problem: null,
          used_as: null,
        },
        { path: join(models, 'broken.gguf'), fit: null, problem: expect.stringMatching(/^broken\.gguf cannot be used: /) },
      ],
    })
    expect(stampOf(home)).toEqual(before)
  })

  test('goes three folders deep, reads two thousand names at most, and follows no link out of the folder', async () => {
    const deep = folder('Deep', 'a', 'b', 'c')
    writeTinyGguf(join(deep, 'in.gguf'))
    writeTinyGguf(join(folder('Deep', 'a', 'b', 'c', 'd'), 'too-deep.gguf'))
    writeTinyGguf(join(folder('Secret'), 'secret.gguf'))
    symlinkSync(join(home, 'Secret', 'secret.gguf'), join(home, 'Deep', 'out.gguf'))
    symlinkSync(join(home, 'Secret'), join(home, 'Deep', 'outside'))
    symlinkSync(join(deep, 'in.gguf'), join(home, 'Deep', 'inside.gguf'))
    symlinkSync(join(home, 'Deep'), join(home, 'Deep', 'a', 'loop'))
    expect((await look(join(home, 'Deep'))).body.files.map(({ name }: { name: string }) => name)).toEqual(['in', 'inside'])

    const many = folder('Many')
    for (let number = 0; number < 2100; number++) writeFileSync(join(many, `${String(number).padStart(4, '0')}.txt`), '')
    writeTinyGguf(join(many, 'zz.gguf'))
    expect((await look(many)).body).toMatchObject({ files: [], truncated: true })
  })

  test('takes a path as people have it, and refuses what is none in words', async () => {
    const file = join(folder('My Models'), 'one.gguf')
    writeTinyGguf(file)
    for (const path of [file, `"${file}"`, ` ${file} `, '~/My Models/one.gguf', `file://${encodeURI(file)}`])
      expect((await look(path)).body.files, path).toMatchObject([{ path: file }])
    for (const [path, words] of [
      ['Models', 'Type the whole path, from / or from ~.'],
      ['../Models', 'Type the whole path, from / or from ~.'],
      ['file:///%E0%A4%A', 'Type the whole path, from / or from ~.'],
      ['file://elsewhere/Models', 'Type the whole path, from / or from ~.'],
      [`${file}\u0000.txt`, 'Type the whole path, from / or from ~.'],
      [join(home, 'nowhere'), `${join(home, 'nowhere')} is not there.`],
      ['/dev/null', '/dev/null is neither a file nor a folder.'],
    ] as const)
      expect(await look(path)).toMatchObject({ status: 400, body: { error: { message: words } } })
    expect((await router.admin('POST', '/admin/gguf/look', {})).status).toBe(400)
  })

  test('reads what Ollama keeps by the names that people know it by', async () => {
    const root = folder('.ollama', 'models')
    const bytes = Buffer.from(encodeGguf(tinyGgufParts()))
    const digest = createHash('sha256').update(bytes).digest('hex')
    writeFileSync(join(folder('.ollama', 'models', 'blobs'), `sha256-${digest}`), bytes)
    const manifest = { layers: [{ mediaType: 'application/vnd.ollama.image.model', digest: `sha256:${digest}` }] }
    writeFileSync(join(folder('.ollama', 'models', 'manifests', 'registry.ollama.ai', 'library', 'smol'), '135m'), JSON.stringify(manifest))
    writeFileSync(join(folder('.ollama', 'models', 'manifests', 'registry.ollama.ai', 'someone', 'tune'), 'latest'), JSON.stringify(manifest))
    writeFileSync(join(folder('.ollama', 'models', 'manifests', 'registry.ollama.ai', 'library', 'odd'), 'x'), 'not json')
    const evil = { layers: [{ mediaType: 'application/vnd.ollama.image.model', digest: 'sha256:../../../../etc/passwd' }] }
    writeFileSync(join(root, 'manifests', 'registry.ollama.ai', 'library', 'odd', 'y'), JSON.stringify(evil))
    const { body } = await look(root)
    expect(body.files.map(({ name, problem }: { name: string; problem: string | null }) => [name, problem])).toEqual([
      ['smol:135m', null],
      ['someone/tune:latest', null],
    ])
    expect((await router.admin('GET', '/admin/gguf/known')).body.folders).toEqual([{ program: 'Ollama', path: root, files: 2 }])
    expect((await add([{ path: body.files[0].path, name: 'smol:135m' }])).body).toEqual({ added: ['smol:135m'], failed: [] })
    expect((await router.chat({ model: 'smol:135m', max_tokens: 2 })).status).toBe(200)
  })

  test('is offered for folders of other programs, with counts and without opening a file', async () => {
    const lmStudio = folder('.lmstudio', 'models', 'lab', 'one')
    writeFileSync(join(lmStudio, 'not-even-a-model.gguf'), '')
    folder('.cache', 'llama.cpp')
    const snapshots = folder('.cache', 'huggingface', 'hub', 'models--lab--two', 'snapshots', 'abc')
    writeTinyGguf(join(folder('.cache', 'huggingface', 'hub', 'models--lab--two', 'blobs'), 'aa'))
    symlinkSync('../../blobs/aa', join(snapshots, 'two.gguf'))
    expect((await router.admin('GET', '/admin/gguf/known')).body.folders).toEqual([
      { program: 'LM Studio', path: join(home, '.lmstudio/models'), files: 1 },
      { program: 'Hugging Face', path: join(home, '.cache/huggingface/hub'), files: 1 },
    ])
  })
})

describe('files that are added', () => {
  test('answer from where they lie, also after a restart, and are named with their path when they are gone', async () => {
    const [one, two] = [join(folder('Models'), 'one.gguf'), join(folder('Models'), 'two.gguf')]
    writeTinyGguf(one)
    cpSync(one, two)
    const before = stampOf(home)
    const { body } = await add([
      { path: one, name: 'one' },
      { path: two, name: 'two' },
      { path: join(home, 'three.gguf'), name: 'three' },
    ])
    expect(body).toEqual({
      added: ['one', 'two'],
      failed: [{ path: join(home, 'three.gguf'), message: `There is no model file ${join(home, 'three.gguf')}.` }],
    })
    expect((await router.chat({ model: 'one', max_tokens: 2 })).status).toBe(200)
    expect((await look('~/Models')).body.files).toMatchObject([
      { name: 'one', used_as: 'one' },
      { name: 'two', used_as: 'two' },
    ])
    expect(stampOf(home)).toEqual(before)

    router = await router.restart()
    expect((await router.chat({ model: 'two', max_tokens: 2 })).status).toBe(200)
    rmSync(two)
    router = await router.restart()
    const reply = await router.chat({ model: 'two' })
    expect(reply.status).toBe(503)
    expect(JSON.stringify(await reply.json())).toContain(`${two} is not there`)
    expect((await router.chat({ model: 'one', max_tokens: 2 })).status).toBe(200)
  })

  test('must be sound models at a whole path with a free name; nothing is kept of one that is not', async () => {
    const file = join(folder('Models'), 'one.gguf')
    writeTinyGguf(file)
    writeFileSync(join(home, 'Models', 'broken.gguf'), 'GGUF')
    writeFileSync(join(home, 'secret.txt'), 'secret')
    const { body } = await add([
      { path: join(home, 'Models', 'broken.gguf'), name: 'a' },
      { path: join(home, 'secret.txt'), name: 'b' },
      { path: `${home}/Models/../Models/one.gguf`, name: 'c' },
      { path: 'Models/one.gguf', name: 'd' },
      { path: file, name: 'auto' },
    ])
    expect(body.added).toEqual([])
    expect(body.failed.map(({ message }: { message: string }) => message)).toEqual([
      expect.stringMatching(/^broken\.gguf cannot be used/),
      expect.stringMatching(/^secret\.txt cannot be used/),
      'It is not the path of a file.',
      'It is not the path of a file.',
      'There is a model auto already.',
    ])
    // A path that was not chosen here is refused, whoever writes it into an entry.
    expect(await router.admin('POST', '/admin/models', { name: 'x', deployments: [{ provider: 'engine', model: file }] })).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining('must lie in the models folder') } },
    })
  })

  test('a folder that may not be read has nothing', async () => {
    if (process.getuid?.() === 0) return // nobody can be kept out of anything
    const closed = folder('Closed')
    chmodSync(closed, 0)
    expect((await look(closed)).body.files).toEqual([])
    chmodSync(closed, 0o700)
  })
})
