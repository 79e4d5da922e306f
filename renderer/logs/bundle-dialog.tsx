/** The support bundle: shown whole before it is saved; saving is the browser's own download, nothing is sent. */
import { useEffect, useState } from 'react'
import { saveBlob } from '../activity/save-blob.ts'
import { fetchSupportBundle } from '../api/logs.ts'
import { Button } from '../parts/button.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { LoadingBars } from '../parts/loading-bars.tsx'
import { announce } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { failureWords } from '../words/failure-words.ts'

const words = strings.logs

export function BundleDialog({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  const [text, setText] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    if (!isOpen) return
    let isStale = false
    setText(null)
    setProblem(null)
    fetchSupportBundle().then(
      (bundle) => !isStale && setText(`${JSON.stringify(bundle, null, 2)}\n`),
      (error: unknown) => !isStale && setProblem(words.bundleFailed(failureWords(error))),
    )
    return () => {
      isStale = true
    }
  }, [isOpen])
  const save = () => {
    if (text === null) return
    saveBlob(new Blob([text], { type: 'application/json' }), words.bundleName(new Date()))
    announce(words.bundleSaved)
    onClose()
  }
  return (
    <Dialog
      title={words.bundleTitle}
      isOpen={isOpen}
      onClose={onClose}
      isWide
      actions={
        <>
          <Button className="push" onPress={onClose}>
            {strings.parts.cancel}
          </Button>
          {text !== null && (
            <Button kind="primary" onPress={save}>
              {words.bundleSave(new Blob([text]).size)}
            </Button>
          )}
        </>
      }
    >
      <p>{words.bundleText}</p>
      {problem !== null && <p className="form-error">{problem}</p>}
      {text === null && problem === null && <LoadingBars bars={6} />}
      {text !== null && (
        <>
          <div className="recorded-head">
            <h3>{words.bundlePreview}</h3>
            <CopyButton text={text} label={words.copy} />
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a text that scrolls must be reachable by keyboard */}
          <pre className="recorded-text bundle-text" tabIndex={0}>
            {text}
          </pre>
        </>
      )}
    </Dialog>
  )
}
