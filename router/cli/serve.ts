/** `headgate serve`: starts the router, prints where it listens, stops it gently. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { dataFolderPath } from '../host/data-folder.ts'
import { createHeadlessHost } from '../host/headless-host.ts'
import { whoHolds } from '../host/port-holder.ts'
import { createRouter, defaultConfigFolder, defaultPanelFolder, type Router } from '../index.ts'
import { buildPanelIfStale } from './build-panel.ts'

export interface ServeOptions {
  readonly port?: string
  readonly host?: string
  readonly data?: string
  readonly config?: string
}

const DEFAULT_PORT = 4777

/** Resolves when the router has stopped. Throws a sentence when it cannot start. */
export async function serve(options: ServeOptions, environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const port = portOf(options.port ?? environment['HEADGATE_PORT'])
  const host = options.host ?? (environment['HEADGATE_HOST'] || null)
  const dataFolder = resolve(options.data ?? dataFolderPath(environment, process.platform))
  const configFolder = resolve(options.config ?? (environment['HEADGATE_CONFIG'] || defaultConfigFolder(dataFolder)))
  if ((options.config || environment['HEADGATE_CONFIG']) && !existsSync(configFolder))
    throw new Error(`The configuration folder ${configFolder} does not exist.`)
  const building = buildPanelIfStale()
  const router = await createRouter(
    { dataFolder, configFolder, port, host, panelFolder: defaultPanelFolder, resourcesFolder: null, environment },
    createHeadlessHost,
  ).catch((error: Error & { code?: string }) => {
    if (error.code === 'EADDRINUSE')
      throw new Error(
        `Port ${port} is in use${whoHolds(port)}. Headgate does not move by itself: stop that program, or choose another port with --port.`,
      )
    if (error.code === 'EACCES') throw new Error(`Port ${port} may not be opened by this user; choose another with --port.`)
    throw error
  })
  const stopped = stopOnSignal(router)
  const panel = await building
  const problem = router.configProblem()
  if (problem) process.stderr.write(`${join(configFolder, problem.file)}:${problem.line ?? 1}: ${problem.message}\n`)
  if (panel !== null) process.stderr.write(`${panel}\n`)
  process.stdout.write(`Headgate is listening on ${router.url}\nPanel: ${router.loginUrl()}\n`)
  await stopped
}

/** Resolves when a signal has ended the router. The first lets answers end, the second ends them. */
function stopOnSignal(router: Router): Promise<void> {
  return new Promise((done) => {
    let asked = 0
    const stop = (): void => {
      asked++
      if (asked > 1) return void router.stop(0)
      if (router.running() > 0) process.stdout.write(`Stopping: ${router.running()} requests are still being answered; once more ends them.\n`)
      router.stop().then(done, done)
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  })
}

function portOf(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_PORT
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new Error(`${text} is not a port: 0 (any free one) to 65535.`)
  return port
}
