/** One provider as a row: name, key, models, speed, failures, money; what is wrong stands below in words, with what to do. */
import { Ban, Check, CircleHelp, KeyRound, Lock, OctagonX, Power, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import type { ProviderTest, ProviderView } from '../api/providers.ts'
import { testProvider } from '../api/providers.ts'
import { LaneIcon } from '../parts/lane-name.tsx'
import { type MenuAction, MenuButton } from '../parts/menu-button.tsx'
import { go, linkTo } from '../state/place.ts'
import { announce } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { failureWords } from '../words/failure-words.ts'
import { ProviderNotes } from './provider-notes.tsx'
import { change, loadProviders, say } from './providers-state.ts'
import { TestResult } from './test-result.tsx'

const words = strings.providers

export function ProviderRow({ provider, isChosen }: { provider: ProviderView; isChosen: boolean }) {
  const { name, lane, state, editable, deployments, is_off } = provider
  const [test, setTest] = useState<ProviderTest | 'running' | null>(null)
  const runTest = async () => {
    setTest('running')
    try {
      const result = await testProvider(name)
      setTest(result)
      announce(result.message)
      await loadProviders()
    } catch (error) {
      setTest(null)
      say(name, { words: failureWords(error), isProblem: true })
    }
  }
  const act = (id: string) => {
    if (id === 'test') void runTest()
    else if (id === 'edit') go(linkTo('providers', name))
    else if (id === 'key') go(linkTo('providers', name, { key: '' }))
    else if (id === 'power') void change(name, { disabled: !is_off }, is_off ? words.switchedOn(name) : words.switchedOff(name))
  }
  return (
    <li className={`provider ${isChosen ? 'is-selected' : ''}`}>
      <div className="provider-grid">
        <div className="provider-name">
          <span className={`dot ${state}`} role="img" aria-label={strings.lanes.states[state]} />
          <span className="clip">
            <a className="medium" href={linkTo('providers', name)} aria-label={words.open(name)}>
              {name}
            </a>
            <LaneIcon lane={lane} size={13} label={strings.laneLabels[lane]} />
          </span>
          <small className="clip">
            {!editable && !provider.built_in && <Lock className="icon" size={11} strokeWidth={2} aria-hidden />}
            <span className="clip">{hostOf(provider)}</span>
          </small>
        </div>
        <KeyCell provider={provider} />
        <div className="cell col-models">
          <span className={provider.models === 0 ? 'quiet-words' : ''}>{words.models(provider.models)}</span>
          <small className="clip">{provider.default_model ?? deployments[0]?.model ?? ''}</small>
        </div>
        <Speed provider={provider} />
        <Failures provider={provider} />
        <Spend provider={provider} />
        <MenuButton label={words.more(name)} items={actionsFor(provider)} onAction={act} />
      </div>
      <ProviderNotes provider={provider} />
      {test === 'running' && <p className="provider-note caption">{words.test.running}</p>}
      {test !== null && test !== 'running' && <TestResult test={test} onClose={() => setTest(null)} />}
    </li>
  )
}

function actionsFor({ has_key, is_off, editable, unset_key, key_source, built_in }: ProviderView): MenuAction[] {
  const takesKey = editable || unset_key !== null || key_source === 'panel'
  return [
    { id: 'test', label: words.menu.test, icon: Check },
    { id: 'edit', label: words.menu.edit, icon: CircleHelp },
    ...(takesKey ? [{ id: 'key', label: has_key ? words.menu.replaceKey : words.menu.addKey, icon: KeyRound }] : []),
    ...(built_in ? [] : [{ id: 'power', label: is_off ? words.menu.on : words.menu.off, icon: is_off ? Power : Ban }]),
  ]
}

/** `api.openai.com`, or the file that sets it. */
function hostOf({ base_url, editable, built_in, source }: ProviderView): string {
  const host = base_url === null ? '' : new URL(base_url).host
  return editable || built_in ? host : [host, words.setBy(source)].filter(Boolean).join(', ')
}

function KeyCell({ provider }: { provider: ProviderView }) {
  const { has_key, key, key_hint, key_source, unset_key } = provider
  if (!has_key)
    return (
      <div className="cell">
        {unset_key === null ? (
          <span className="quiet-words">{words.keyNone}</span>
        ) : (
          <span className="key-state warn">
            <TriangleAlert className="icon" size={13} strokeWidth={2} aria-hidden />
            {words.keyMissing}
          </span>
        )}
      </div>
    )
  const [Icon, tone] = key.state === 'accepted' ? [Check, 'ok'] : key.state === 'unknown' ? [KeyRound, ''] : [OctagonX, 'error']
  return (
    <div className="cell">
      <span className={`key-state ${tone}`}>
        <Icon className="icon" size={13} strokeWidth={2} aria-hidden />
        {words.keyStates[key.state]}
      </span>
      <small className="clip">{words.keyHint(key_hint, key_source)}</small>
    </div>
  )
}

function Speed({ provider: { first_output, total } }: { provider: ProviderView }) {
  const shown = first_output.samples > 0 ? first_output : total
  if (shown.p50_ms === null) return <div className="cell right quiet-words">{strings.requests.none}</div>
  return (
    <div className="cell right">
      <span>{words.p50(shown.p50_ms)}</span>
      <small>{first_output.samples > 0 ? words.p95(shown.p95_ms, shown.samples) : words.wholeAnswers}</small>
    </div>
  )
}

function Failures({ provider: { failed, attempts, failure_interval } }: { provider: ProviderView }) {
  const tone = failed === 0 ? '' : failed / attempts > 0.1 ? 'error' : 'warn'
  return (
    <div className="cell right" title={failure_interval === null ? undefined : words.intervalWords(failure_interval.low, failure_interval.high)}>
      <span className={attempts === 0 ? 'quiet-words' : tone}>{words.failures(failed, attempts)}</span>
      {failure_interval !== null && <small>{words.interval(failure_interval.low, failure_interval.high)}</small>}
    </div>
  )
}

function Spend({ provider: { lane, requests_today, spend_today_usd, spend_month_usd, budget } }: { provider: ProviderView }) {
  if (lane === 'local') return <div className="cell right col-spend quiet-words">{words.free}</div>
  if (budget !== null)
    return (
      <div className="cell right col-spend">
        <span className={budget.state === 'left' ? '' : 'warn'}>{words.budget.spent(budget.spent_usd, budget.usd)}</span>
        <small>{words.budget.states[budget.state][budget.per]}</small>
      </div>
    )
  return (
    <div className="cell right col-spend">
      <span>{words.spendToday(spend_today_usd, requests_today)}</span>
      <small>{spend_month_usd === null && requests_today === 0 ? words.today : words.spendMonth(spend_month_usd)}</small>
    </div>
  )
}
