/** `headgate status`: one glance at the running router. */
import { findRouter } from './client.ts'

interface OverviewReply {
  readonly url: string
  readonly version: string
  readonly paused: boolean
  readonly split: {
    readonly remote_share: number
    readonly preset: string
    readonly source: string
    readonly actual: { readonly sessions: number; readonly remote: number }
  }
  readonly deployments: readonly {
    readonly name: string
    readonly lane: string
    readonly state: string
    readonly detail: string | null
    readonly in_flight: number
  }[]
  readonly download: { readonly state: string; readonly received_bytes: number; readonly total_bytes: number; readonly detail: string | null } | null
  readonly problems: readonly { readonly message: string; readonly how_to_fix: string }[]
}

export async function status(options: { readonly json?: boolean }, environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const router = findRouter(environment)
  const overview = (await router.call('GET', '/admin/overview')) as OverviewReply
  if (options.json) return console.log(JSON.stringify({ pid: router.pid, ...overview }, null, 2))
  const { code } = (await router.call('POST', '/admin/session/code', {})) as { code: string }
  const { split } = overview
  console.log(`Headgate ${overview.version} ${overview.paused ? 'is paused' : 'is running'} at ${overview.url} (process ${router.pid})`)
  console.log(`Panel: ${overview.url}/#code=${code}`)
  console.log(
    `Split: ${Math.round(split.remote_share * 100)} % remote (${split.preset}, set by ${split.source}); last ${split.actual.sessions} sessions: ${split.actual.remote} remote`,
  )
  if (overview.download && overview.download.state !== 'ready')
    console.log(
      `Starter model: ${overview.download.state}, ${percent(overview.download)} %${overview.download.detail ? `, ${overview.download.detail}` : ''}`,
    )
  for (const problem of overview.problems) console.log(`Problem: ${problem.message} ${problem.how_to_fix}`)
  for (const deployment of overview.deployments)
    console.log(
      `  ${deployment.name}  ${deployment.lane}  ${deployment.state}${deployment.detail ? ` (${deployment.detail})` : ''}${deployment.in_flight > 0 ? `, ${deployment.in_flight} running` : ''}`,
    )
}

const percent = ({ received_bytes, total_bytes }: { received_bytes: number; total_bytes: number }) =>
  total_bytes > 0 ? Math.floor((received_bytes / total_bytes) * 100) : 0
