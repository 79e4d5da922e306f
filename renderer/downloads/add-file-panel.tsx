/** Adds GGUF files of this machine where they lie: a path to type or paste, folders of other programs as offers, and what was found to choose from. */
import { FolderOpen, FolderSearch, TriangleAlert } from 'lucide-react'
import { type DragEvent, type FormEvent, useEffect, useId, useState } from 'react'
import { fetchKnownFolders, type GgufLook, type KnownFolder, lookAtGgufs } from '../api/downloads.ts'
import { Button } from '../parts/button.tsx'
import { LoadingBars } from '../parts/loading-bars.tsx'
import { TextField } from '../parts/text-field.tsx'
import { strings } from '../strings/index.ts'
import { failureWords } from '../words/failure-words.ts'
import { GgufFiles } from './gguf-files.tsx'
import { SourcesHead } from './sources-head.tsx'
import { SourcesProblem } from './sources-problem.tsx'

const words = strings.downloads.files

export interface AddFilePanelProps {
  readonly onClose?: () => void
  /** Looked at at once. */
  readonly folder?: string
}

type Look = { readonly found: GgufLook } | { readonly problem: string } | 'looking' | null

export function AddFilePanel({ onClose, folder = '' }: AddFilePanelProps) {
  const [path, setPath] = useState(folder)
  const [look, setLook] = useState<Look>(null)
  const [known, setKnown] = useState<readonly KnownFolder[]>([])
  const [dropped, setDropped] = useState<string | null>(null)
  const titleId = useId()

  async function lookAt(place: string): Promise<void> {
    setDropped(null)
    setLook('looking')
    setLook(
      await lookAtGgufs(place).then(
        (found) => ({ found }),
        (error: unknown) => ({ problem: failureWords(error) }),
      ),
    )
  }
  useEffect(() => {
    // An offer only: without an answer there is none.
    void fetchKnownFolders().then(setKnown, () => undefined)
  }, [])
  useEffect(() => {
    if (folder === '') return
    setPath(folder)
    void lookAt(folder)
  }, [folder])

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (path.trim() !== '') void lookAt(path)
  }
  const takeDrop = (event: DragEvent) => {
    event.preventDefault()
    // Some file managers hand the address over too.
    const address = event.dataTransfer.getData('text/uri-list').split(/\r?\n/)[0] ?? ''
    if (address.startsWith('file://')) {
      setPath(address)
      return void lookAt(address)
    }
    setDropped(event.dataTransfer.files[0]?.name ?? null)
  }
  return (
    <section className="panel sources-panel" aria-labelledby={titleId} onDragOver={(event) => event.preventDefault()} onDrop={takeDrop}>
      <SourcesHead id={titleId} title={words.title} fact={words.hint} onClose={onClose} />
      <form className="sources-form" onSubmit={submit}>
        <TextField
          aria-label={words.field}
          value={path}
          onChange={setPath}
          placeholder={words.placeholder}
          size="wide"
          isMono
          autoFocus={onClose !== undefined && folder === ''}
        />
        <Button type="submit" icon={FolderSearch} isDisabled={path.trim() === '' || look === 'looking'}>
          {look === 'looking' ? words.looking : words.look}
        </Button>
      </form>
      {dropped !== null && (
        <p className="note is-warn" role="status">
          <TriangleAlert className="icon" size={13} aria-hidden />
          {words.dropped(dropped)}
        </p>
      )}
      {known.length > 0 && look === null && (
        <div className="source-chips">
          <span className="caption" id={`${titleId}-known`}>
            {words.known}
          </span>
          <ul className="row wrap" aria-labelledby={`${titleId}-known`}>
            {known.map((each) => (
              <li key={each.path}>
                <Button
                  className="source-chip"
                  icon={FolderOpen}
                  onPress={() => {
                    setPath(each.path)
                    void lookAt(each.path)
                  }}
                >
                  {words.knownOf(each.program, each.files)}
                </Button>
              </li>
            ))}
          </ul>
        </div>
      )}
      {look === 'looking' && <LoadingBars bars={4} />}
      {look !== null &&
        look !== 'looking' &&
        ('problem' in look ? (
          <SourcesProblem title={words.failed} how={look.problem} onRetry={null} />
        ) : (
          <GgufFiles key={look.found.path} look={look.found} onAdded={() => void lookAt(look.found.path)} />
        ))}
    </section>
  )
}
