/** Step 1: it runs already; the address that tools take. */
import { CopyButton } from '../parts/copy-button.tsx'
import { usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { baseUrl } from '../words/base-url.ts'

const words = strings.firstRun.running

export function RunningStep() {
  const overview = usePanel((state) => state.overview)
  if (!overview) return null
  const url = baseUrl(overview.url)
  const { lanes } = overview.split
  return (
    <>
      <p className="lead">{words.lead}</p>
      <section className="panel first-run-card" aria-label={words.answers}>
        <p className="row">
          <span className="dot healthy" aria-hidden="true" />
          {words.answers}
        </p>
        <div className="row first-run-url">
          <code>{url}</code>
          <CopyButton text={url} label={strings.shell.copyUrl} isWordy />
        </div>
        <p className="caption">{words.hint}</p>
      </section>
      <p className="caption first-run-note">{words.facts(lanes.local.deployments, lanes.remote.deployments)}</p>
    </>
  )
}
