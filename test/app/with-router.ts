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

export async function startRouterForBrowser(options: LanesOptions = {}): Promise<RouterForBrowser> {
  await builtPanel()
  const lanes = await startLanes(options)
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
