/** The Overview: standing problems, the instrument (gate and its two channels), the last requests. */
import { SplitControl } from '../split/split-control.tsx'
import { LaneColumns } from './lane-columns.tsx'
import { LastRequests } from './last-requests.tsx'
import { ModelShares } from './model-shares.tsx'
import { Problems } from './problems.tsx'
import { useForgottenTestRequest } from './test-request-state.ts'

export function OverviewPage() {
  useForgottenTestRequest()
  return (
    <div className="overview">
      <Problems />
      <section className="panel instrument" aria-labelledby="split-title">
        <SplitControl />
        <LaneColumns />
      </section>
      <LastRequests />
      <ModelShares />
    </div>
  )
}
