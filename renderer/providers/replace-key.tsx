/** The key of a provider: what it is worth, and pasting another. Invariant: a key that was typed is gone from the page as soon as it is sent. */
import { useState } from 'react'
import { type ProviderTest, type ProviderView, testProvider } from '../api/providers.ts'
import { Button } from '../parts/button.tsx'
import { TextField } from '../parts/text-field.tsx'
import { strings } from '../strings/index.ts'
import { failureWords } from '../words/failure-words.ts'
import { change } from './providers-state.ts'
import { TestResult } from './test-result.tsx'

const words = strings.providers

export function ReplaceKey({ provider, isProtected, isAskedFor }: { provider: ProviderView; isProtected: boolean; isAskedFor: boolean }) {
  const { name, has_key, key_source, key_hint, key, unset_key } = provider
  const [text, setText] = useState('')
  const [test, setTest] = useState<ProviderTest | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)
  const busily = async (act: () => Promise<void>) => {
    if (isBusy) return
    setBusy(true)
    setProblem(null)
    try {
      await act()
    } catch (error) {
      setProblem(failureWords(error))
    } finally {
      setBusy(false)
    }
  }
  const tryIt = () => busily(async () => setTest(await testProvider(name, { api_key: text })))
  const save = () =>
    busily(async () => {
      if (await change(name, { api_key: text }, words.keyReplaced(name))) {
        setText('')
        setTest(null)
      }
    })
  const stored = isProtected ? words.form.keyStored.keychain : words.form.keyStored.file
  return (
    <section aria-labelledby="detail-key" className="detail-form">
      <h3 id="detail-key">{words.detail.key}</h3>
      <p className="caption">
        {has_key
          ? [words.keyStates[key.state], words.keyHint(key_hint, key_source)].filter(Boolean).join(', ')
          : unset_key === null
            ? words.keyNone
            : words.notes.unset(unset_key)}
      </p>
      <TextField
        label={has_key ? words.detail.newKey : words.form.key}
        type="password"
        isMono
        size="wide"
        value={text}
        onChange={(next) => {
          setText(next)
          setTest(null)
        }}
        description={stored}
        error={problem}
        autoFocus={isAskedFor}
      />
      {test && <TestResult test={test} />}
      <div className="row">
        <Button onPress={() => void tryIt()} isDisabled={text.trim() === ''}>
          {isBusy ? words.test.running : words.test.label}
        </Button>
        <Button onPress={() => void save()} isDisabled={text.trim() === ''}>
          {words.detail.saveKey}
        </Button>
        {has_key && key_source === 'panel' && (
          <Button kind="quiet" className="push" onPress={() => void change(name, { api_key: null }, words.detail.removeKey)} isDisabled={isBusy}>
            {words.detail.removeKey}
          </Button>
        )}
      </div>
    </section>
  )
}
