/** *Add a provider*, in a dialog: a kind, then its key, a test, the default model. Invariant: nothing is sent before Test or Add, and nothing is kept before Add. */
import { useEffect, useState } from 'react'
import { addProvider, fetchProviderKinds, type ProviderKind, type ProviderTest, testUnsaved } from '../api/providers.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { LoadingBars } from '../parts/loading-bars.tsx'
import { TextField } from '../parts/text-field.tsx'
import { go, linkTo } from '../state/place.ts'
import { announce } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { failureWords } from '../words/failure-words.ts'
import { KindList } from './kind-list.tsx'
import { ModelChoice } from './model-choice.tsx'
import { loadProviders, say } from './providers-state.ts'
import { TestResult } from './test-result.tsx'

const words = strings.providers
const close = () => go(linkTo('providers'))

export interface AddProviderProps {
  /** A kind to begin with; empty = choose one. */
  readonly kind: string
  readonly isProtected: boolean
  /** Names that are in use. */
  readonly taken: readonly string[]
}

export function AddProvider({ kind, isProtected, taken }: AddProviderProps) {
  const [kinds, setKinds] = useState<readonly ProviderKind[] | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    fetchProviderKinds().then(setKinds, (error) => setProblem(failureWords(error)))
  }, [])
  const chosen = kinds?.find((each) => each.kind === kind)
  if (chosen) return <ProviderForm kind={chosen} isProtected={isProtected} taken={taken} />
  return (
    <Dialog
      title={words.form.addTitle}
      isOpen
      onClose={close}
      isWide
      actions={
        <Button className="push" onPress={close}>
          {strings.parts.cancel}
        </Button>
      }
    >
      {problem !== null && <p className="form-error">{problem}</p>}
      {kinds === null && problem === null ? (
        <LoadingBars />
      ) : (
        <KindList kinds={kinds ?? []} onChoose={(next) => go(linkTo('providers', null, { add: next }), { replace: true })} />
      )}
    </Dialog>
  )
}

function ProviderForm({ kind, isProtected, taken }: { kind: ProviderKind; isProtected: boolean; taken: readonly string[] }) {
  const [name, setName] = useState(freeName(kind.name, taken))
  const [address, setAddress] = useState(kind.base_url ?? '')
  const [key, setKey] = useState('')
  const [model, setModel] = useState(kind.default_model ?? '')
  const [test, setTest] = useState<ProviderTest | null>(null)
  const [busy, setBusy] = useState<'test' | 'add' | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const entry = { kind: kind.kind, base_url: address.trim(), ...(key.trim() === '' ? {} : { api_key: key.trim() }) }
  /** What was found out belongs to what was asked with. */
  const changing = (set: (text: string) => void) => (text: string) => {
    set(text)
    setTest(null)
    setProblem(null)
  }

  // A button that is busy stays enabled: a disabled one loses the focus, and Esc with it. A second press does nothing.
  const run = async () => {
    if (busy !== null) return
    setBusy('test')
    setProblem(null)
    try {
      const result = await testUnsaved({ name, ...entry })
      setTest(result)
      announce(result.message)
      const ids = result.list?.map(({ id }) => id) ?? []
      if (ids.length > 0 && !ids.includes(model)) setModel(ids.length === 1 ? (ids[0] ?? '') : '')
    } catch (error) {
      setProblem(failureWords(error))
    } finally {
      setBusy(null)
    }
  }
  const submit = async () => {
    if (busy !== null) return
    setBusy('add')
    setProblem(null)
    try {
      const isOwnAddress = kind.base_url === address.trim() && kind.kind === name.trim()
      const { base_url, kind: itsKind, ...secret } = entry
      const added = await addProvider(name.trim(), {
        ...(itsKind === name.trim() ? {} : { kind: itsKind }),
        ...(isOwnAddress ? {} : { base_url }),
        ...secret,
        ...(model.trim() === '' ? {} : { default_model: model.trim() }),
      })
      if (added.notes.length > 0) say(added.name, { words: added.notes.join(' '), isProblem: false })
      announce(words.added(added.name))
      await loadProviders()
      close()
    } catch (error) {
      setProblem(failureWords(error))
      setBusy(null)
    }
  }

  const needsName = name.trim() === '' || address.trim() === ''
  const needsKey = kind.needs_key && !kind.key_is_set && key.trim() === ''
  const isTested = test?.ok === true || test?.outcome === 'limited'
  return (
    <Dialog
      title={words.form.addKind(kind.label)}
      isOpen
      onClose={close}
      isWide
      actions={
        <>
          <Button kind="quiet" onPress={() => go(linkTo('providers', null, { add: '' }), { replace: true })}>
            {words.form.back}
          </Button>
          <Button className="push" onPress={close}>
            {strings.parts.cancel}
          </Button>
          {!isTested && (
            <Button onPress={() => void submit()} isDisabled={needsName}>
              {busy === 'add' ? words.form.submitting : words.form.untested}
            </Button>
          )}
          {/* One button for both steps: it keeps the focus, and Esc goes on to close the dialog. */}
          <Button kind="primary" onPress={() => void (isTested ? submit() : run())} isDisabled={needsName || (!isTested && needsKey)}>
            {isTested
              ? busy === 'add'
                ? words.form.submitting
                : words.form.submit(name.trim())
              : busy === 'test'
                ? words.test.running
                : words.test.label}
          </Button>
        </>
      }
    >
      <form
        className="provider-form"
        onSubmit={(event) => {
          event.preventDefault()
          if (!needsName && busy === null) void (isTested ? submit() : run())
        }}
      >
        {kind.base_url === null || kind.local ? (
          <TextField
            label={words.form.address}
            type="url"
            isMono
            size="wide"
            value={address}
            onChange={changing(setAddress)}
            description={words.form.addressHint}
            placeholder="http://192.168.1.20:8000/v1"
            autoFocus
          />
        ) : null}
        <TextField
          label={kind.needs_key ? words.form.key : words.form.keyOptional}
          type="password"
          isMono
          size="wide"
          value={key}
          onChange={changing(setKey)}
          description={
            kind.key_is_set && kind.key_variable
              ? words.form.keySet(kind.key_variable)
              : isProtected
                ? words.form.keyStored.keychain
                : words.form.keyStored.file
          }
          autoFocus={kind.base_url !== null && !kind.local}
        />
        {kind.key_page !== null && (
          <a className="key-page" href={kind.key_page} target="_blank" rel="noreferrer noopener">
            {words.form.getKey(kind.label)}
          </a>
        )}
        <TextField label={words.form.name} size="wide" value={name} onChange={setName} description={words.form.nameHint} />
        {test && <TestResult test={test} />}
        {(isTested || test?.outcome === 'no-list') && <ModelChoice models={test?.list ?? []} value={model} onChange={setModel} />}
        {problem !== null && (
          <p className="form-error" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" className="visually-hidden" tabIndex={-1} aria-hidden="true">
          {words.test.label}
        </button>
      </form>
    </Dialog>
  )
}

function freeName(name: string, taken: readonly string[]): string {
  if (name === '' || !taken.includes(name)) return name
  let number = 2
  while (taken.includes(`${name}-${number}`)) number++
  return `${name}-${number}`
}
