/** Starts the router in this process, and says in words why where it cannot. */
import { createServer } from 'node:net'
import type { Host } from '../router/core/host.ts'
import { createRouter, type Router, type RouterSettings, whoHolds } from '../router/index.ts'
import type { StartProblem } from './pages/start-problem.ts'
import type { Places } from './places.ts'

export const usualPort = 4777

export type Started = { readonly router: Router; readonly problem: null } | { readonly router: null; readonly problem: StartProblem }

export interface StartParts {
  readonly places: Places
  readonly port: number
  readonly host: string | null
  readonly environment: RouterSettings['environment']
  readonly createHost: (dataFolder: string) => Host
}

/** Never rejects. */
export async function startRouter({ places, port, host, environment, createHost }: StartParts): Promise<Started> {
  const { dataFolder, configFolder, panelFolder, resourcesFolder } = places
  try {
    return {
      router: await createRouter({ dataFolder, configFolder, port, host, panelFolder, resourcesFolder, environment }, createHost),
      problem: null,
    }
  } catch (error) {
    return { router: null, problem: await problemOf(error as Error & { code?: string }, port) }
  }
}

/** Whether a port can be had on both loopback addresses; null = yes, else why not. */
export async function portRefusal(port: number): Promise<string | null> {
  for (const address of ['127.0.0.1', '::1']) {
    const code = await bindOnce(port, address)
    if (code === 'EADDRINUSE') return `Port ${port} is in use${whoHolds(port)}.`
    if (code === 'EACCES') return `Port ${port} may not be opened by this user.`
  }
  return null
}

async function problemOf(error: Error & { code?: string }, port: number): Promise<StartProblem> {
  if (error.code === 'EADDRINUSE')
    return {
      title: `Port ${port} is in use${whoHolds(port)}`,
      text: 'Headgate does not move by itself, because your tools hold its address. Quit that program and retry, or use another port.',
      otherPort: await freePortAfter(port),
      refusal: null,
    }
  if (error.code === 'EACCES')
    return {
      title: `Port ${port} may not be opened`,
      text: 'This user is not allowed to listen there. Use a port above 1023.',
      otherPort: await freePortAfter(usualPort),
      refusal: null,
    }
  return { title: 'Headgate could not start', text: error.message, otherPort: null, refusal: null }
}

async function freePortAfter(port: number): Promise<number> {
  for (let next = port + 1; next < port + 20 && next <= 65_535; next++) if ((await portRefusal(next)) === null) return next
  return Math.min(65_535, port + 1)
}

/** Null = it could be bound (or the address is not on this machine). */
function bindOnce(port: number, address: string): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT' ? null : (code ?? 'unknown')),
    )
    server.listen({ port, host: address, exclusive: true }, () => server.close(() => resolve(null)))
  })
}
