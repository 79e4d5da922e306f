/** Step 5: the first tool. It turns green with the first request that is answered, and says who answered and how fast. */
import { Check, OctagonX } from 'lucide-react'
import { useState } from 'react'
import type { RequestRow } from '../api/types.ts'
import { TestRequestButton } from '../overview/test-request-button.tsx'
import { useForgottenTestRequest } from '../overview/test-request-state.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { Segmented } from '../parts/segmented.tsx'
import { useSettings } from '../settings/settings-state.ts'
import { usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { baseUrl } from '../words/base-url.ts'
import { placeOf } from '../words/deployment-name.ts'

const words = strings.firstRun.tool
type SnippetId = keyof typeof words.kinds
const kinds = (Object.entries(words.kinds) as [SnippetId, string][]).map(([id, label]) => ({ id, label }))

export function ToolStep() {
  useForgottenTestRequest()
  const [kind, setKind] = useState<SnippetId>('tool')
  const url = baseUrl(usePanel((state) => state.overview?.url) ?? location.origin)
  const needsKey = useSettings((state) => state.view?.settings.find(({ name }) => name === 'require_key')?.value === true)
  const snippet = snippetOf(kind, url, needsKey)
  return (
    <>
      <p className="lead">{words.lead}</p>
      <section className="panel first-run-card" aria-label={words.snippet}>
        <div className="row">
          <Segmented aria-label={words.snippet} value={kind} segments={kinds} onChange={setKind} />
          <span className="push">
            <CopyButton text={kind === 'tool' ? url : snippet} label={kind === 'tool' ? strings.shell.copyUrl : words.copy} isWordy />
          </span>
        </div>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: lines that scroll sideways must be reachable by keyboard */}
        <pre className="snippet" tabIndex={0}>
          <code>{snippet}</code>
        </pre>
        <p className="caption">{words.more}</p>
      </section>
      <Listening />
    </>
  )
}

/** Requests from before this step do not count. */
function Listening() {
  const [since] = useState(() => new Date().toISOString())
  const row = usePanel((state) => state.requests.find(({ at, duration_ms }) => at >= since && duration_ms !== null))
  const deployments = usePanel((state) => state.overview?.deployments)
  const isAnswered = row !== undefined && row.status !== null && row.status < 400
  return (
    <section className={`panel first-run-card listening ${isAnswered ? 'is-answered' : ''}`} aria-live="polite">
      <p className="row">
        {row === undefined ? (
          <span className="dot waiting" aria-hidden="true" />
        ) : isAnswered ? (
          <Check className="icon ok" size={16} strokeWidth={2} aria-hidden />
        ) : (
          <OctagonX className="icon error" size={16} strokeWidth={2} aria-hidden />
        )}
        <b>{row === undefined ? words.listening : outcome(row, isAnswered, placeWords(row, deployments ?? []))}</b>
      </p>
      {!isAnswered && (
        <div className="row wrap">
          <TestRequestButton className="button" />
        </div>
      )}
    </section>
  )
}

function outcome(row: RequestRow, isAnswered: boolean, place: string): string {
  if (isAnswered) return words.answeredBy(row.tool, place, row.duration_ms ?? 0)
  return words.failed(row.tool, row.error?.message ?? strings.requests.failedStatus(row.status ?? 0))
}

function placeWords(row: RequestRow, deployments: Parameters<typeof placeOf>[1]): string {
  const { model, provider } = placeOf(row, deployments)
  return row.lane === 'local' ? `${model} ${words.onThisMac}` : `${model}${provider === null ? '' : ` (${provider})`}`
}

function snippetOf(kind: SnippetId, url: string, needsKey: boolean): string {
  const key = needsKey ? 'hg-…' : 'any'
  if (kind === 'curl')
    return [
      `curl ${url}/chat/completions \\`,
      ...(needsKey ? [`  -H 'authorization: Bearer ${key}' \\`] : []),
      `  -H 'content-type: application/json' \\`,
      `  -d '{"model": "auto", "messages": [{"role": "user", "content": "Hello"}]}'`,
    ].join('\n')
  if (kind === 'python')
    return [
      'from openai import OpenAI',
      '',
      `client = OpenAI(base_url="${url}", api_key="${key}")`,
      'answer = client.chat.completions.create(',
      '    model="auto", messages=[{"role": "user", "content": "Hello"}]',
      ')',
      'print(answer.choices[0].message.content)',
    ].join('\n')
  return [
    `${words.baseUrl.padEnd(10)} ${url}`,
    `${words.apiKey.padEnd(10)} ${needsKey ? words.ownKey : words.anyKey}`,
    `${words.model.padEnd(10)} auto`,
  ].join('\n')
}
