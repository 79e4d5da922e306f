/** How the command line talks to the running router: found by `runtime.json`, opened with the admin token. */
import { request } from 'undici'
import { dataFolderPath, readAdminToken, readRuntime } from '../host/data-folder.ts'

export interface RunningRouter {
  readonly url: string
  readonly pid: number
  readonly version: string
  /** Calls a route and returns the parsed reply. Throws a sentence. */
  call(method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown>
}

/** Throws a sentence when no router runs on this data folder. */
export function findRouter(environment: Readonly<Record<string, string | undefined>>): RunningRouter {
  const folder = dataFolderPath(environment, process.platform)
  const runtime = readRuntime(folder)
  if (!runtime) throw new Error(`No Headgate is running on ${folder}. Start it with \`npm start\` or \`headgate serve\`.`)
  const token = readAdminToken(folder)
  return {
    ...runtime,
    async call(method, path, body) {
      const reply = await request(runtime.url + path, {
        method,
        headers: {
          'x-headgate-by': 'cli',
          ...(token ? { authorization: `Bearer ${token.reveal()}` } : {}),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await reply.body.text()
      const value = text === '' ? null : (JSON.parse(text) as unknown)
      if (reply.statusCode >= 400)
        throw new Error((value as { error?: { message?: string } } | null)?.error?.message ?? `${path} answered ${reply.statusCode}`)
      return value
    },
  }
}
