/** The page Connect: the address, the tools with what to write where, a test that turns green, and the keys. */
import { KeyRound } from 'lucide-react'
import { CopyButton } from '../parts/copy-button.tsx'
import { LoadingBars } from '../parts/loading-bars.tsx'
import { PageError } from '../parts/page-error.tsx'
import { go, linkTo, usePlace } from '../state/place.ts'
import { strings } from '../strings/index.ts'
import { loadConnect, useConnect } from './connect-state.ts'
import { KeyTable } from './key-table.tsx'
import { ToolGuide } from './tool-guide.tsx'
import { ToolList } from './tool-list.tsx'

const words = strings.connect

export function ConnectPage() {
  const { view, keys, problem, issued } = useConnect()
  const { item } = usePlace()
  if (!view || !keys)
    return problem === null ? <LoadingBars bars={5} /> : <PageError title={words.notLoaded} how={problem} onRetry={() => void loadConnect()} />
  const tool = view.tools.find(({ id }) => id === item) ?? view.tools.find(({ file }) => file?.exists) ?? view.tools[0]
  return (
    <div className="connect-page">
      <section className="panel connect-address" aria-label={words.address}>
        <div className="address-line">
          <span className="caption">{words.address}</span>
          <code>{view.base_url}</code>
          <CopyButton text={view.base_url} label={words.copyAddress} />
        </div>
        <p className="caption key-line">
          {view.key_required && <KeyRound className="icon" size={13} strokeWidth={2} aria-hidden />}
          {view.key_required ? words.keyNeeded : words.keyless}
        </p>
      </section>
      <div className="connect-columns">
        <ToolList view={view} chosen={tool?.id ?? ''} onChoose={(id) => go(linkTo('connect', id), { replace: true })} />
        <div className="connect-right">
          {tool && <ToolGuide key={tool.id} tool={tool} view={view} keys={keys} issued={issued[tool.name] ?? null} />}
          <KeyTable keys={keys} problem={problem} />
        </div>
      </div>
    </div>
  )
}
