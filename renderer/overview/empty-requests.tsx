/** Before the first request: what to do, with a command that works as it stands and a request of the panel's own. */
import { CopyButton } from '../parts/copy-button.tsx'
import { usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { baseUrl } from '../words/base-url.ts'
import { TestRequestButton } from './test-request-button.tsx'

const words = strings.requests

export function EmptyRequests() {
  const url = baseUrl(usePanel((state) => state.overview?.url) ?? location.origin)
  const command = `curl ${url}/chat/completions -H 'content-type: application/json' -d '{"model": "auto", "messages": [{"role": "user", "content": "Hello"}]}'`
  return (
    <section className="last-requests" aria-labelledby="requests-title">
      <div className="panel empty">
        <h2 id="requests-title">{words.emptyTitle}</h2>
        <p className="quiet-words">{words.emptyText}</p>
        <div className="command">
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a line that scrolls sideways must be reachable by keyboard */}
          <code tabIndex={0}>{command}</code>
          <CopyButton text={command} label={words.copy} />
        </div>
        <TestRequestButton className="button primary" />
      </div>
    </section>
  )
}
