/** What a browser test needs: a real router between two FakeUps, with the panel built from today's sources, and a way to sign in. */
import { type Lanes, type LanesOptions, startLanes } from '../journeys/with-lanes.ts'
import { builtPanel } from './built-panel.ts'

export interface RouterForBrowser {
  readonly url: string
  /** A login URL with a one-time code; a new one at every look. */
  readonly loginUrl: string
  readonly adminToken: string
  readonly lanes: Lanes
  stop(): Promise<void>
}

export interface BrowserRouterOptions extends LanesOptions {
  /** Left out or false: the set-up of the first start is over. */
  readonly isFirstRun?: boolean
}

export async function startRouterForBrowser({ isFirstRun = false, ...options }: BrowserRouterOptions = {}): Promise<RouterForBrowser> {
  await builtPanel()
  const lanes = await startLanes(options)
  if (!isFirstRun) await lanes.router.admin('PUT', '/admin/settings', { first_run: { step: 0, done: true } })
  return {
    get url() {
      return lanes.router.url
    },
    get loginUrl() {
      return lanes.router.router.loginUrl()
    },
    get adminToken() {
      return lanes.router.adminToken
    },
    lanes,
    stop: () => lanes.stop(),
  }
}
