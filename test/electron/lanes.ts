/** Two servers for the app's router: `here` is the local lane, `away` the remote one, and the model `m` is at both. */
import { type FakeUpstream, startFakeUpstream } from '../fakes/fake-upstream.ts'

export interface AppLanes {
  readonly here: FakeUpstream
  readonly away: FakeUpstream
  /** For the app's configuration folder. */
  readonly files: Readonly<Record<string, string>>
  close(): Promise<void>
}

export async function startLanes(extra = ''): Promise<AppLanes> {
  const [here, away] = [await startFakeUpstream(), await startFakeUpstream()]
  return {
    here,
    away,
    files: {
      'models.yaml': `providers:
  - {name: here, base_url: "${here.url}", api_key: key-of-here}
  - {name: away, base_url: "${away.url}", api_key: key-of-away}
models:
  - name: m
    deployments:
      - {provider: here, model: m-here, lane: local}
      - {provider: away, model: m-away, lane: remote}
${extra}`,
    },
    close: async () => void (await Promise.all([here.close(), away.close()])),
  }
}
