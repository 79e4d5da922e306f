/** One tool: where prompts go now, what to write and where, its key, and the test that turns green with its first request. */
import { Check, FileCog, FileQuestion } from 'lucide-react'
import { useState } from 'react'
import type { ConnectView, IssuedKey, KeyView, ToolView } from '../api/keys.ts'
import { Button } from '../parts/button.tsx'
import { Select } from '../parts/select.tsx'
import { strings } from '../strings/index.ts'
import { chooseModel } from './connect-state.ts'
import { KeyDialog } from './key-dialog.tsx'
import { ListeningTest } from './listening-test.tsx'
import { Snippet } from './snippet.tsx'
import { WherePromptsGo } from './where-prompts-go.tsx'

const words = strings.connect

export interface ToolGuideProps {
  readonly tool: ToolView
  readonly view: ConnectView
  readonly keys: readonly KeyView[]
  /** Made in this window, so that its text is known. */
  readonly issued: IssuedKey | null
}

export function ToolGuide({ tool, view, keys, issued }: ToolGuideProps) {
  const [isCreating, setCreating] = useState(false)
  const known = issued ?? keys.find((key) => key.name === tool.name && key.revoked_at === null) ?? null
  const isKeyed = known !== null || view.key_required
  return (
    <section className="panel tool-guide" aria-labelledby="tool-title">
      <div className="head">
        <h2 id="tool-title">{tool.name}</h2>
      </div>
      <WherePromptsGo view={view} of={known} />
      <div className="guide-choices">
        <div className="guide-choice">
          <span className="form-label" id="guide-model">
            {words.model}
          </span>
          <Select
            aria-label={words.model}
            value={view.model}
            onChange={chooseModel}
            options={view.models.map((name) => ({ id: name, label: name, ...(name === 'auto' ? { hint: words.autoHint } : {}) }))}
          />
        </div>
        <div className="guide-choice">
          <span className="form-label">{words.key}</span>
          <span className="row wrap">
            <span className="quiet-words">{known ? words.keyIs(known.prefix) : view.key_required ? words.keyNeeded : words.withoutKey}</span>
            {!known && <Button onPress={() => setCreating(true)}>{words.createFor(tool.name)}</Button>}
          </span>
        </div>
      </div>
      <ConfigFile tool={tool} />
      {(isKeyed ? tool.parts : tool.keyless).map((part, at) => (
        <Snippet key={part.label} part={part} placeholder={view.key_placeholder} secret={issued?.key ?? null} isFirst={at === 0} />
      ))}
      {isKeyed && !issued && <p className="caption">{words.keyElsewhere}</p>}
      {tool.note !== null && <p className="caption">{tool.note}</p>}
      <ListeningTest tool={tool} view={view} keyId={known?.id ?? null} />
      {isCreating && <KeyDialog name={tool.name} onClose={() => setCreating(false)} />}
    </section>
  )
}

function ConfigFile({ tool: { file } }: { tool: ToolView }) {
  if (!file) return null
  const said = !file.exists
    ? words.file.missing(file.path)
    : file.mentions === null
      ? words.file.unread(file.path)
      : file.mentions
        ? words.file.mentions(file.path)
        : words.file.found(file.path)
  const Icon = file.mentions ? Check : file.exists ? FileCog : FileQuestion
  return (
    <p className="note">
      <Icon className={`icon ${file.mentions ? 'ok' : ''}`} size={14} strokeWidth={1.75} aria-hidden />
      <span>
        {said} {words.neverWritten}
      </span>
    </p>
  )
}
