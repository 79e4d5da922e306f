/** A router between two FakeUps: `here` is the local lane, `away` the remote one, and the model `m` is at both. */
import { type FakeUpstream, startFakeUpstream } from '../fakes/fake-upstream.ts'
import { startRouter, type TestRouter, type TestRouterOptions } from './with-router.ts'

export interface Lanes {
  readonly here: FakeUpstream
  readonly away: FakeUpstream
  /** The router as it is now: a restart replaces it. */
  router: TestRouter
  stop(): Promise<void>
}

export interface LanesOptions extends Omit<TestRouterOptions, 'files'> {
  readonly routing?: string
  /** Instead of the usual models.yaml. */
  readonly models?: (here: FakeUpstream, away: FakeUpstream) => string
  /** Address on which `away` listens; default loopback. */
  readonly awayHost?: string
}

export async function startLanes(options: LanesOptions = {}): Promise<Lanes> {
  const { routing, models = modelsOf, awayHost, ...rest } = options
  const here = await startFakeUpstream()
  const away = await startFakeUpstream(0, awayHost)
  const lanes: Lanes = {
    here,
    away,
    router: await startRouter({
      ...rest,
      files: { 'models.yaml': models(here, away), ...(routing === undefined ? {} : { 'routing.yaml': routing }) },
    }),
    async stop() {
      await lanes.router.stop()
      await Promise.all([here.close(), away.close()])
    },
  }
  return lanes
}

/** The providers `here` and `away`. */
export const providersOf = (here: FakeUpstream, away: FakeUpstream) => `providers:
  - {name: here, base_url: "${here.url}", api_key: key-of-here}
  - {name: away, base_url: "${away.url}", api_key: key-of-away}
`

const modelsOf = (here: FakeUpstream, away: FakeUpstream) => `${providersOf(here, away)}models:
  - name: m
    deployments:
      - {provider: here, model: m-here, lane: local}
      - {provider: away, model: m-away, lane: remote}
`

/** Which lane answered a reply. Throws where none did. */
export function laneOf(reply: Response): string {
  const lane = reply.headers.get('x-headgate-lane')
  if (!reply.ok || lane === null) throw new Error(`status ${reply.status}: no lane answered`)
  return lane
}
