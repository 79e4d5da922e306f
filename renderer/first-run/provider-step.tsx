/** Step 4: a provider's key, tested before it is kept. Invariant: the key is in this page only while it is typed. */
import { Check, OctagonX } from 'lucide-react'
import { useEffect, useState } from 'react'
import { addProvider, fetchProviderKinds, fetchProviders, type ProviderKind, type ProviderTest, testUnsaved } from '../api/providers.ts'
import { Button } from '../parts/button.tsx'
import { LoadingBars } from '../parts/loading-bars.tsx'
import { PageError } from '../parts/page-error.tsx'
import { Select } from '../parts/select.tsx'
import { TextField } from '../parts/text-field.tsx'
import { usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { failureWords } from '../words/failure-words.ts'

const words = strings.firstRun.provider

export function ProviderStep() {
  const [kinds, setKinds] = useState<readonly ProviderKind[] | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const isRemoteFirst = usePanel((state) => (state.wanted ?? state.split)?.remote_share === 1)
  const load = () => {
    setProblem(null)
    fetchProviderKinds().then(
      (all) => setKinds(inOrder(all)),
      (error: unknown) => setProblem(failureWords(error)),
    )
  }
  useEffect(load, [])
  return (
    <>
      <p className="lead">{isRemoteFirst ? words.leadRemote : words.lead}</p>
      {problem !== null ? (
        <PageError title={words.notLoaded} how={problem} onRetry={load} />
      ) : kinds === null ? (
        <LoadingBars />
      ) : (
        <ProviderForm kinds={kinds} />
      )}
      <p className="caption first-run-note">{words.price}</p>
    </>
  )
}

function ProviderForm({ kinds }: { readonly kinds: readonly ProviderKind[] }) {
  const [kindName, setKindName] = useState(kinds[0]?.kind ?? '')
  const [address, setAddress] = useState('')
  const [key, setKey] = useState('')
  const [test, setTest] = useState<ProviderTest | null>(null)
  const [model, setModel] = useState<string | null>(null)
  const [busy, setBusy] = useState<'test' | 'add' | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [added, setAdded] = useState<readonly string[]>([])
  const [isProtected, setProtected] = useState(false)
  useEffect(
    () =>
      void fetchProviders().then(
        ({ keys_are_protected }) => setProtected(keys_are_protected),
        () => undefined,
      ),
    [],
  )
  const kind = kinds.find((each) => each.kind === kindName)
  if (!kind) return null
  const needsAddress = kind.base_url === null
  const isReady = (!kind.needs_key || kind.key_is_set || key.trim() !== '') && (!needsAddress || address.trim() !== '')
  const forget = () => {
    setTest(null)
    setProblem(null)
    setModel(null)
  }
  const name = kind.name === '' ? nameOf(address) : kind.name
  const entry = () => ({
    kind: kind.kind,
    ...(needsAddress ? { base_url: address.trim() } : {}),
    ...(key.trim() === '' ? {} : { api_key: key.trim() }),
  })
  const during = async (what: 'test' | 'add', work: () => Promise<void>) => {
    setBusy(what)
    setProblem(null)
    try {
      await work()
    } catch (error) {
      setProblem(failureWords(error))
    } finally {
      setBusy(null)
    }
  }
  const runTest = () =>
    during('test', async () => {
      const result = await testUnsaved({ name, ...entry() })
      setTest(result)
      const ids = (result.list ?? []).map(({ id }) => id)
      setModel(ids.find((id) => id === kind.default_model) ?? ids[0] ?? kind.default_model)
    })
  const add = () =>
    during('add', async () => {
      await addProvider(name, { ...entry(), ...(model === null ? {} : { default_model: model }) })
      setAdded([...added, kind.label])
      setKey('')
      forget()
    })
  return (
    <section className="panel first-run-card" aria-labelledby="first-run-title">
      {added.map((label) => (
        <p key={label} className="row ok" role="status">
          <Check className="icon" size={15} strokeWidth={2} aria-hidden />
          {words.added(label)}
        </p>
      ))}
      <div className="first-run-form">
        <span className="form-label" id="kind-label">
          {words.kind}
        </span>
        <Select
          aria-label={words.kind}
          value={kindName}
          options={kinds.map(({ kind: id, label }) => ({ id, label }))}
          onChange={(next) => {
            setKindName(next)
            forget()
          }}
        />
        {needsAddress && (
          <TextField
            label={words.address}
            value={address}
            onChange={setAddress}
            type="url"
            size="large"
            isMono
            placeholder="https://api.example.com/v1"
          />
        )}
        <TextField
          label={words.key}
          value={key}
          onChange={(next) => {
            setKey(next)
            forget()
          }}
          type="password"
          size="large"
          isMono
          description={
            <>
              {kind.key_is_set && kind.key_variable !== null ? words.keyIsSet(kind.key_variable) : isProtected ? words.keptSafe : words.keptFile}
              {kind.key_page !== null && (
                <>
                  {' '}
                  {words.whereKey} <span className="mono">{kind.key_page.replace(/^https:\/\//, '')}</span>
                </>
              )}
            </>
          }
        />
      </div>
      <div className="first-run-result" aria-live="polite">
        {problem !== null && <Result isOk={false} text={problem} more={null} />}
        {test && <Result isOk={test.ok} text={words.answered(test.message, test.latency_ms)} more={test.how_to_fix ?? test.said} />}
      </div>
      <div className="row wrap">
        <Button onPress={() => void runTest()} isDisabled={!isReady || busy !== null}>
          {busy === 'test' ? words.testing : words.test}
        </Button>
        {test && (
          <>
            {test.ok && model !== null && test.list && test.list.length > 0 && (
              <Select aria-label={words.model} value={model} options={test.list.map(({ id }) => ({ id, label: id }))} onChange={setModel} />
            )}
            <Button onPress={() => void add()} isDisabled={busy !== null}>
              {test.ok ? words.add(kind.label) : words.addAnyway}
            </Button>
          </>
        )}
      </div>
    </section>
  )
}

function Result({ isOk, text, more }: { readonly isOk: boolean; readonly text: string; readonly more: string | null }) {
  const Icon = isOk ? Check : OctagonX
  return (
    <p className={`row result ${isOk ? 'ok' : 'error'}`}>
      <Icon className="icon" size={15} strokeWidth={2} aria-hidden />
      <span>
        {text} {more !== null && <span className="quiet-words">{more}</span>}
      </span>
    </p>
  )
}

/** Those with a key in the environment first, any other server last. */
function inOrder(kinds: readonly ProviderKind[]): readonly ProviderKind[] {
  const place = ({ kind, key_is_set }: ProviderKind) => (kind === 'openai-compatible' ? 3 : key_is_set ? 0 : kind === 'openai' ? 1 : 2)
  return kinds.filter(({ local, kind }) => !local || kind === 'openai-compatible').toSorted((one, other) => place(one) - place(other))
}

/** `https://api.example.com/v1` → `api.example.com`; the router says what is wrong with anything else. */
function nameOf(address: string): string {
  return URL.parse(address.trim())?.hostname ?? 'provider'
}
