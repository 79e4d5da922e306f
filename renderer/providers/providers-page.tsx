/** The page Providers: a row each, worst news in words below it; details beside the list; adding in a dialog. */
import { KeyRound, Plus } from 'lucide-react'
import type { ProviderView } from '../api/providers.ts'
import { Button } from '../parts/button.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { LoadingBars } from '../parts/loading-bars.tsx'
import { PageError } from '../parts/page-error.tsx'
import { PageFact } from '../parts/page-toolbar.tsx'
import { go, linkTo, usePlace } from '../state/place.ts'
import { strings } from '../strings/index.ts'
import { AddProvider } from './add-provider.tsx'
import { ProviderDetail } from './provider-detail.tsx'
import { ProviderRow } from './provider-row.tsx'
import { loadProviders, useProviders } from './providers-state.ts'

const words = strings.providers
const add = (kind = '') => go(linkTo('providers', null, { add: kind }))

export function ProvidersPage() {
  const { list, problem } = useProviders()
  const { item, query } = usePlace()
  const shown = (list?.providers ?? []).filter(isShown)
  const ready = (list?.providers ?? []).filter((provider) => provider.built_in && provider.has_key && !shown.includes(provider))
  const chosen = shown.find(({ name }) => name === item)
  if (!list) return problem === null ? <LoadingBars /> : <PageError title={words.notLoaded} how={problem} onRetry={() => void loadProviders()} />
  const remote = shown.filter(({ lane }) => lane === 'remote').length
  return (
    <div className="providers-page">
      <PageFact>{words.fact(shown.length, remote)}</PageFact>
      {shown.length === 0 ? (
        <EmptyState title={words.emptyTitle} text={words.emptyText}>
          <Button kind="primary" icon={Plus} onPress={() => add()}>
            {words.add}
          </Button>
        </EmptyState>
      ) : (
        <>
          <div className="providers-bar">
            <span className="caption">{list.keys_are_protected ? words.stored.keychain : words.stored.file}</span>
            <Button kind="primary" icon={Plus} className="push" onPress={() => add()}>
              {words.add}
            </Button>
          </div>
          <section className="panel" aria-label={words.list}>
            <Heads />
            <ul>
              {shown.map((provider) => (
                <ProviderRow key={provider.name} provider={provider} isChosen={provider === chosen} />
              ))}
            </ul>
          </section>
        </>
      )}
      {ready.map(({ name, label, key_source }) => (
        <div className="providers-ready" key={name}>
          <KeyRound className="icon" size={14} strokeWidth={1.75} aria-hidden />
          <span>{words.ready(label, key_source ?? '')}</span>
          <Button kind="quiet" onPress={() => add(name)}>
            {words.addReady(label)}
          </Button>
        </div>
      ))}
      {query['add'] !== undefined && <AddProvider kind={query['add']} isProtected={list.keys_are_protected} taken={shown.map(({ name }) => name)} />}
      {chosen && <ProviderDetail key={chosen.name} provider={chosen} isProtected={list.keys_are_protected} />}
    </div>
  )
}

/** The engine is no provider; what is built in is one as soon as something of it is used. */
const isShown = ({ kind, built_in, deployments }: ProviderView) => kind !== 'engine' && (!built_in || deployments.length > 0)

function Heads() {
  const { provider, key, models, firstOutput, failures, spend } = words.columns
  return (
    <div className="provider-grid provider-heads" aria-hidden="true">
      <span>{provider}</span>
      <span>{key}</span>
      <span className="col-models">{models}</span>
      <span className="right">{firstOutput}</span>
      <span className="right">{failures}</span>
      <span className="right col-spend">{spend}</span>
      <span />
    </div>
  )
}
