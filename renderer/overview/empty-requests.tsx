/** Before the first request: what to do, with a command that works as it stands and a request of the panel's own; before the first deployment: how to get one. */
import { Download, Plus } from 'lucide-react'
import { Button } from '../parts/button.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { useSettings } from '../settings/settings-state.ts'
import { go, linkTo } from '../state/place.ts'
import { usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { baseUrl } from '../words/base-url.ts'
import { TestRequestButton } from './test-request-button.tsx'

const words = strings.requests

export function EmptyRequests() {
  const url = baseUrl(usePanel((state) => state.overview?.url) ?? location.origin)
  const needsKey = useSettings((state) => state.view?.settings.find(({ name }) => name === 'require_key')?.value === true)
  const key = needsKey ? ` -H 'authorization: Bearer hg-…'` : ''
  const command = `curl ${url}/chat/completions${key} -H 'content-type: application/json' -d '{"model": "auto", "messages": [{"role": "user", "content": "Hello"}]}'`
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

/** Nobody could answer: the first step is one of these two. */
export function NothingToAnswer() {
  return (
    <EmptyState title={words.nobodyTitle} text={words.nobodyText}>
      <Button kind="primary" icon={Download} onPress={() => go(linkTo('models', null, { get: '1' }))}>
        {words.getModel}
      </Button>
      <Button icon={Plus} onPress={() => go(linkTo('providers', null, { add: '' }))}>
        {words.addProvider}
      </Button>
    </EmptyState>
  )
}
