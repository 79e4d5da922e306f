/** Copies a text and says so in place; selects nothing, moves no focus. */
import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { announce } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { Button } from './button.tsx'

const shownForMs = 1600

export interface CopyButtonProps {
  readonly text: string
  readonly label: string
  /** Shows the label beside the icon. */
  readonly isWordy?: boolean
}

export function CopyButton({ text, label, isWordy = false }: CopyButtonProps) {
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
  const words = isCopied ? strings.shell.copied : label
  return (
    <Button kind={isWordy ? 'edged' : 'quiet'} icon={isCopied ? Check : Copy} aria-label={words} onPress={() => void copy()}>
      {isWordy ? words : undefined}
    </Button>
  )
}
