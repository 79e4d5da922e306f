/** One provider beside the list: how it does with numbers, where it serves, its key, its settings, its models, removing it. */
import { Lock } from 'lucide-react'
import { useState } from 'react'
import type { ProviderTest, ProviderView } from '../api/providers.ts'
import { testProvider } from '../api/providers.ts'
import { ArmedButton } from '../parts/armed-button.tsx'
import { Beside } from '../parts/beside.tsx'
import { Button } from '../parts/button.tsx'
import { StateWord } from '../parts/state-word.tsx'
import { Switch } from '../parts/switch.tsx'
import { go, linkTo, usePlace } from '../state/place.ts'
import { announce } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { failureWords } from '../words/failure-words.ts'
import { latency, usd } from '../words/figures.ts'
import { EditProvider } from './edit-provider.tsx'
import { ListedModels } from './listed-models.tsx'
import { ProviderBudget } from './provider-budget.tsx'
import { change, loadProviders, remove, say } from './providers-state.ts'
import { ReplaceKey } from './replace-key.tsx'
import { TestResult } from './test-result.tsx'

const words = strings.providers
const close = () => go(linkTo('providers'))

export function ProviderDetail({ provider, isProtected }: { provider: ProviderView; isProtected: boolean }) {
  const { name, label, editable, built_in, source, is_off, state, has_key, unset_key, key_source } = provider
  const { query } = usePlace()
  const takesKey = editable || unset_key !== null || key_source === 'panel'
  return (
    <Beside title={name} closeLabel={words.detail.close} onClose={close} badge={<StateWord state={state} />}>
      <p className="caption detail-address">
        {label !== name && `${label}, `}
        <span className="mono">{provider.base_url ?? provider.disabled}</span>
      </p>
      {!editable && !built_in && (
        <p className="note">
          <Lock className="icon" size={13} strokeWidth={2} aria-hidden />
          <span>{words.detail.readOnly(source)}</span>
        </p>
      )}
      <Figures provider={provider} />
      <div className="row wrap">
        <Tests name={name} />
        {!built_in && (
          <span className="push">
            <Switch
              isOn={!is_off}
              label={words.detail.switchOff}
              isDisabled={is_off && provider.disabled !== words.offInPanel}
              onChange={(isOn) => void change(name, { disabled: !isOn }, isOn ? words.switchedOn(name) : words.switchedOff(name))}
            />
          </span>
        )}
      </div>
      {takesKey && <ReplaceKey key={String(has_key)} provider={provider} isProtected={isProtected} isAskedFor={query['key'] !== undefined} />}
      {provider.lane === 'remote' && !built_in && <ProviderBudget provider={provider} />}
      <Places provider={provider} />
      {provider.last_error && <LastError provider={provider} error={provider.last_error} />}
      {editable && <EditProvider provider={provider} />}
      <ListedModels name={name} />
      {editable && (
        <div>
          <ArmedButton
            label={words.detail.remove}
            aria-label={words.detail.removeLabel(name)}
            onConfirm={() => void remove(name, words.removed(name)).then((isGone) => isGone && close())}
          />
        </div>
      )}
    </Beside>
  )
}

function Figures({ provider }: { provider: ProviderView }) {
  const { first_output, total, failed, attempts, failure_interval, window_hours, requests_today, spend_today_usd, spend_month_usd, region } = provider
  const range = ({ p50_ms, p95_ms }: ProviderView['total']) =>
    p50_ms === null ? strings.requests.none : p95_ms === null ? latency(p50_ms) : `${latency(p50_ms)}, 95 % in ${latency(p95_ms)}`
  const facts: readonly (readonly [string, string])[] = [
    [words.columns.firstOutput, range(first_output)],
    [words.detail.total, range(total)],
    [
      words.detail.failures,
      failure_interval === null
        ? words.noRequests
        : `${words.failures(failed, attempts)}, ${words.interval(failure_interval.low, failure_interval.high)}`,
    ],
    [words.detail.today, `${words.requestsToday(requests_today)}, ${words.spendToday(spend_today_usd, requests_today)}`],
    [words.detail.month, spend_month_usd === null ? (attempts === 0 ? words.spendNothing : words.spendMonth(null)) : usd(spend_month_usd)],
    ...(region === null ? [] : [[words.form.region, region] as const]),
  ]
  return (
    <section aria-label={words.detail.measured(window_hours)}>
      <dl className="facts provider-facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function Tests({ name }: { name: string }) {
  const [test, setTest] = useState<ProviderTest | null>(null)
  const [isBusy, setBusy] = useState(false)
  const run = async (paid: boolean) => {
    if (isBusy) return
    setBusy(true)
    say(name, null)
    try {
      const result = await testProvider(name, { paid })
      setTest(result)
      announce(result.message)
      await loadProviders()
    } catch (error) {
      say(name, { words: failureWords(error), isProblem: true })
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <Button onPress={() => void run(false)}>{isBusy ? words.test.running : words.test.label}</Button>
      <Button kind="quiet" onPress={() => void run(true)} aria-describedby="paid-hint">
        {words.test.paid}
      </Button>
      <span className="visually-hidden" id="paid-hint">
        {words.test.paidHint}
      </span>
      {test && <TestResult test={test} onClose={() => setTest(null)} />}
    </>
  )
}

function Places({ provider: { deployments } }: { provider: ProviderView }) {
  return (
    <section aria-labelledby="detail-places">
      <h3 id="detail-places">{words.detail.deployments}</h3>
      {deployments.length === 0 ? (
        <p className="caption">{words.detail.noDeployments}</p>
      ) : (
        <ul className="detail-list">
          {deployments.map(({ name, model, state, detail, first_output_ms }) => (
            <li key={name}>
              <a className="clip" href={linkTo('models', model)}>
                {model}
              </a>
              <StateWord state={state} detail={detail} />
              <span className="quiet-words right">{first_output_ms === null ? '' : latency(first_output_ms)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function LastError({ provider, error }: { provider: ProviderView; error: NonNullable<ProviderView['last_error']> }) {
  return (
    <section className="told">
      <h3>{words.notes.lastError(error.at)}</h3>
      <p>
        {error.message ?? error.code} <code>{error.code}</code>
      </p>
      <a href={linkTo('activity', error.request)} aria-label={`${words.detail.inActivity}: ${provider.name}`}>
        {words.detail.inActivity}
      </a>
    </section>
  )
}
