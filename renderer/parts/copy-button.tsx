/** Copies a text and says so in place; selects nothing, moves no focus. */
import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button } from 'react-aria-components/Button'
import { announce } from '../state/store.ts'
import { strings } from '../strings.ts'

const shownForMs = 1600

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setCopied(false), shownForMs)
    return () => clearTimeout(timer)
  }, [isCopied])
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => {
        setCopied(true)
        announce(strings.shell.copied)
      },
      () => undefined,
    )
  const Icon = isCopied ? Check : Copy
  return (
    <Button className="button quiet icon-only" aria-label={isCopied ? strings.shell.copied : label} onPress={() => void copy()}>
      <Icon className="icon" size={14} aria-hidden />
    </Button>
  )
}
