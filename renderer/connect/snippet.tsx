/** What to write: a text or the fields of a form, each with its copy button. Invariant: a key stands in the page only after *Show the key*; copying takes it along. */
import { Check, Copy, Eye, EyeOff } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { SnippetPart } from '../api/keys.ts'
import { Button } from '../parts/button.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import { announce } from '../state/store.ts'
import { strings } from '../strings/index.ts'

const words = strings.connect
const shownForMs = 1600

export interface SnippetProps {
  readonly part: SnippetPart
  readonly placeholder: string
  /** The key, where it is known; null = the placeholder stays. */
  readonly secret: string | null
  /** Its copy button is the view's black one. */
  readonly isFirst: boolean
}

export function Snippet({ part, placeholder, secret, isFirst }: SnippetProps) {
  const [isShown, setShown] = useState(false)
  const whole = (text: string) => (secret === null ? text : text.replaceAll(placeholder, secret))
  const visible = (text: string) => (secret === null ? text : text.replaceAll(placeholder, isShown ? secret : masked(secret)))
  const holdsKey = secret !== null && JSON.stringify(part).includes(placeholder)
  return (
    <figure className="tool-snippet">
      <figcaption>
        <span className="medium">{part.label}</span>
        {holdsKey && (
          <Button
            kind="quiet"
            icon={isShown ? EyeOff : Eye}
            className="push"
            aria-label={isShown ? words.hide : words.show}
            onPress={() => setShown(!isShown)}
          />
        )}
        {part.kind === 'text' && (
          <CopyWhole text={whole(part.text)} label={words.copySnippet(part.label)} isFirst={isFirst} className={holdsKey ? '' : 'push'} />
        )}
      </figcaption>
      {part.kind === 'text' ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a text that scrolls sideways must be reachable by keyboard
        <pre tabIndex={0}>
          <code>{visible(part.text)}</code>
        </pre>
      ) : (
        <dl className="field-list">
          {part.fields.map(({ label, value }) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>
                <span className="mono">{visible(value)}</span>
                <CopyButton text={whole(value)} label={words.copyField(label)} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </figure>
  )
}

function CopyWhole({ text, label, isFirst, className }: { text: string; label: string; isFirst: boolean; className: string }) {
  const [isCopied, setCopied] = useState(false)
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => {
        setCopied(true)
        announce(words.copied)
      },
      () => undefined,
    )
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setCopied(false), shownForMs)
    return () => clearTimeout(timer)
  }, [isCopied])
  return (
    <Button
      kind={isFirst ? 'primary' : 'edged'}
      icon={isCopied ? Check : Copy}
      className={className}
      aria-label={isCopied ? words.copied : label}
      onPress={() => void copy()}
    >
      {isCopied ? words.copied : words.copy}
    </Button>
  )
}

/** `hg-KAvx••••••••`: enough to recognise it in a screenshot, nothing to use. */
export const masked = (secret: string): string => `${secret.slice(0, 7)}${'•'.repeat(8)}`
