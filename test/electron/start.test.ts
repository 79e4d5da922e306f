/** The app comes up: as a menu-bar program without a window, with a router inside, from source and bundled, on macOS and Linux. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { root } from './built-app.ts'
import { closeBrowser, startApp, type TestApp } from './with-app.ts'

let app: TestApp | null = null
afterEach(async () => {
  await app?.end()
  app = null
})
afterAll(closeBrowser)

describe.each([
  { from: 'the sources', bundled: false },
  { from: 'the bundle', bundled: true },
])('from $from', ({ bundled }) => {
  test('it starts with a tray and a router, and no window, no Dock icon', async () => {
    app = await startApp({ bundled })
    const { control, double } = app
    expect(control.windows).toEqual([])
    expect(double.app.dock?.isVisible()).toBe(false)
    expect(double.app.activationPolicy).toBe('accessory')
    expect(app.tray.image.isTemplateImage()).toBe(true)
    expect(app.tray.image.file).toBe('trayIdleTemplate.png')
    expect(app.tray.rows()).toEqual([
      'Headgate is running',
      'Copy Base URL',
      'Copy API Key',
      '—',
      'Where requests go',
      'Local Only',
      'Prefer Local',
      'Balanced',
      'Prefer Remote',
      'Remote Only',
      'Temporarily',
      '—',
      'Open Headgate',
      'Activity…',
      'Connect a Tool…',
      '—',
      'Pause All Requests',
      'Settings…',
      '—',
      'Quit Headgate',
    ])
    expect(app.tray.toolTip).toBe(`Headgate – Prefer Local – no local model loaded – ${new URL(app.url).host}`)
    expect((await fetch(`${app.url}/health`)).status).toBe(200)
    expect(statSync(app.data).mode & 0o777).toBe(0o700)

    app.tray.choose('open')
    await (await app.page()).getByRole('heading', { name: 'Where requests go' }).waitFor()
    expect(double.app.dock?.isVisible()).toBe(true)
    expect(double.app.activationPolicy).toBe('regular')

    await app.quit()
    expect(existsSync(join(app.data, 'runtime.json'))).toBe(false)
  })

  test('a local model answers in a child of its own, without anything of our environment', async () => {
    app = await startApp({ bundled, tiny: true, environment: { OPENAI_API_KEY: 'sk-not-for-children' } })
    const reply = await app.chat({ model: 'tiny', max_tokens: 3 })
    expect(reply.status).toBe(200)
    expect(reply.headers.get('x-headgate-lane')).toBe('local')
    const [child] = app.control.children
    expect(child?.options['env']).toMatchObject({ UV_THREADPOOL_SIZE: '1' })
    expect(JSON.stringify(child?.options['env'])).not.toContain('sk-not')
    expect(app.control.children).toHaveLength(1)
    await vi.waitFor(() => expect(app?.tray.image.file).toBe('trayLoadedTemplate.png'), 20_000)
    expect(app.tray.toolTip).toContain('tiny loaded')
  })
})

test('the very first start opens the window with the set-up in it, the second one does not', async () => {
  app = await startApp({ isFirst: true })
  await (await app.page()).getByRole('heading', { name: 'It already runs' }).waitFor()
  const { data } = app
  app.control.windows[0]?.close()
  await app.quit()
  app = await startApp({ data })
  expect(app.control.windows).toEqual([])
})

test('on Linux it has a tray and a menu without Dock, second lines or badges', async () => {
  app = await startApp({ platform: 'linux' })
  expect(app.double.app.dock).toBeUndefined()
  expect(app.tray.rows()[0]).toBe(`Headgate is running – ${app.url}/v1`)
  expect(app.tray.menu?.getMenuItemById('split')).toMatchObject({ type: 'normal', enabled: false })
  await (await app.page()).getByRole('heading', { name: 'Where requests go' }).waitFor()
})

test('a second instance ends at once and the first one shows its window', async () => {
  app = await startApp()
  app.double.app.emit('second-instance', {}, ['headgate'], '/')
  await app.window()
  expect(app.control.windows).toHaveLength(1)

  vi.resetModules()
  const second = await import('./double.ts')
  second.control.isSecond = true
  second.control.root = root
  await second.boot(() => import('../../electron/main.ts'))
  await second.control.quit.promise
  expect(second.control.trays).toEqual([])
})

test('variables of the login shell reach the configuration; a shell that hangs or fails harms nothing', async () => {
  const shell = (data: string, text: string) => {
    const file = join(data, 'shell')
    writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 })
    return file
  }
  const files = { 'models.yaml': 'providers:\n  - {name: lab, base_url: "${LAB_URL}", api_key: "${LAB_KEY}"}\n' }
  const { mkdtempSync } = await import('node:fs')
  const { tmpdir } = await import('node:os')
  const data = mkdtempSync(join(tmpdir(), 'headgate-app-'))
  app = await startApp({
    data,
    files,
    environment: { SHELL: shell(data, 'export LAB_URL=http://127.0.0.1:9/v1 LAB_KEY=key-of-the-shell\nexec /bin/sh -c "$2"') },
  })
  const { providers } = await app.admin('GET', '/admin/providers')
  expect(providers).toContainEqual(expect.objectContaining({ name: 'lab', base_url: 'http://127.0.0.1:9/v1', has_key: true }))
  await app.quit()
  app = await startApp({ data, environment: { SHELL: shell(data, 'sleep 30') } })
  expect(await app.admin('GET', '/admin/providers')).toBeTruthy()
})

test('libuv’s pool has eight threads: the first statement after the imports comes in time', () => {
  const main = readFileSync(join(root, 'electron/main.ts'), 'utf8')
  const [, statement = ''] = /^import .*\n\n(?:\/\/.*\n)*(.*)$/m.exec(main.slice(main.lastIndexOf('\nimport ') + 1)) ?? []
  expect(statement).toBe("process.env['UV_THREADPOOL_SIZE'] = '8'")
  if (process.platform !== 'linux') return
  const script = `import { promises, readdirSync } from 'node:fs'
    ${statement}
    const threads = () => readdirSync('/proc/self/task').length
    const before = threads()
    await Promise.all(Array.from({ length: 64 }, () => promises.stat('/')))
    console.log(threads() - before)`
  expect(execFileSync(process.execPath, ['--input-type=module', '-e', script]).toString().trim()).toBe('8')
})
