/** Makes a key, or changes what one may do. A key that was made is shown here once, with a copy button. */
import { Copy } from 'lucide-react'
import { useState } from 'react'
import { Input, NumberField } from 'react-aria-components/NumberField'
import type { IssuedKey, KeySplit, KeyView } from '../api/keys.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Segmented } from '../parts/segmented.tsx'
import { TextField } from '../parts/text-field.tsx'
import { useSending } from '../parts/use-sending.ts'
import { percentOf } from '../state/presets.ts'
import { announce } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { editKey, makeKey } from './connect-state.ts'
import { masked } from './snippet.tsx'

const words = strings.connect.keys
type Choice = 'follow' | 'own' | 'local'

export interface KeyDialogProps {
  /** A key to change; without one a key is made. */
  readonly of?: KeyView
  /** A name to begin with. */
  readonly name?: string
  readonly onClose: () => void
}

export function KeyDialog({ of, name: first = '', onClose }: KeyDialogProps) {
  const [name, setName] = useState(of?.name ?? first)
  const [choice, setChoice] = useState<Choice>(of ? choiceOf(of) : 'follow')
  const [share, setShare] = useState(percentOf(of?.remote_share ?? 0.5))
  const [issued, setIssued] = useState<IssuedKey | null>(null)
  const { isBusy, problem, send } = useSending()
  const submit = async () => {
    if (isBusy) return
    const split: KeySplit = { lane_lock: choice === 'local' ? 'local' : null, remote_share: choice === 'own' ? share / 100 : null }
    if (of) await send(() => editKey(of.id, { name: name.trim(), ...split }), onClose)
    else await send(async () => setIssued(await makeKey(name.trim(), split)))
  }
  if (issued) return <Issued issued={issued} onClose={onClose} />
  return (
    <Dialog
      title={of ? words.editTitle(of.name) : words.createTitle}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button className="push" onPress={onClose}>
            {strings.parts.cancel}
          </Button>
          <Button kind="primary" onPress={() => void submit()} isDisabled={name.trim() === ''}>
            {of ? strings.parts.save : isBusy ? words.creating : words.submit}
          </Button>
        </>
      }
    >
      <form
        className="key-form"
        onSubmit={(event) => {
          event.preventDefault()
          if (!isBusy && name.trim() !== '') void submit()
        }}
      >
        <TextField
          label={words.name}
          size="wide"
          value={name}
          onChange={setName}
          description={words.nameHint}
          placeholder={words.namePlaceholder}
          autoFocus
          error={problem}
        />
        <div className="detail-field">
          <span className="form-label">{words.where}</span>
          <Segmented
            aria-label={words.where}
            value={choice}
            onChange={setChoice}
            segments={[
              { id: 'follow', label: words.choices.follow },
              { id: 'own', label: words.choices.own },
              { id: 'local', label: words.choices.local },
            ]}
          />
          {choice === 'own' && (
            <span className="row">
              <NumberField
                aria-label={words.percentLabel}
                value={share}
                minValue={0}
                maxValue={100}
                step={1}
                isWheelDisabled
                onChange={(value) => Number.isInteger(value) && setShare(value)}
              >
                <Input className="field number" />
              </NumberField>
              <span className="unit">{words.percentRemote}</span>
            </span>
          )}
          <span className="caption">{words.hints[choice]}</span>
        </div>
      </form>
    </Dialog>
  )
}

function Issued({ issued, onClose }: { issued: IssuedKey; onClose: () => void }) {
  const [isShown, setShown] = useState(false)
  const [isCopied, setCopied] = useState(false)
  const copy = () =>
    navigator.clipboard.writeText(issued.key).then(
      () => {
        setCopied(true)
        announce(strings.shell.copied)
      },
      () => setShown(true), // without a clipboard it has to be read
    )
  return (
    <Dialog
      title={words.issuedTitle(issued.name)}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button className="push" onPress={onClose}>
            {words.done}
          </Button>
          <Button kind="primary" icon={Copy} autoFocus onPress={() => void copy()}>
            {isCopied ? strings.shell.copied : words.copyKey}
          </Button>
        </>
      }
    >
      <p>{words.once}</p>
      <div className="command">
        <code>{isShown ? issued.key : masked(issued.key)}</code>
        <Button kind="quiet" onPress={() => setShown(!isShown)}>
          {isShown ? strings.connect.hide : strings.connect.show}
        </Button>
      </div>
    </Dialog>
  )
}

const choiceOf = ({ lane_lock, remote_share }: KeySplit): Choice => (lane_lock === 'local' ? 'local' : remote_share === null ? 'follow' : 'own')
