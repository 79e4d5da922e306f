/** A program of its own: starts a router, asks it, stops it, and then has nothing more to do. Whatever the router left open would keep it from ending. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHeadlessHost } from '../../../router/host/headless-host.ts'
import { createRouter, defaultPanelFolder } from '../../../router/index.ts'

const data = mkdtempSync(join(tmpdir(), 'headgate-'))
const router = await createRouter(
  {
    dataFolder: data,
    configFolder: join(data, 'config'),
    port: 0,
    host: null,
    panelFolder: defaultPanelFolder,
    resourcesFolder: null,
    environment: { HEADGATE_STARTER_MODEL: 'off' },
  },
  createHeadlessHost,
)
const reply = await fetch(`${router.url}/health`)
await reply.text()
await router.stop()
rmSync(data, { recursive: true, force: true })
process.stdout.write(`stopped after ${reply.status}\n`)
