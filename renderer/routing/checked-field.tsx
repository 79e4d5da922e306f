/** A condition, a pattern or a size, read by the router while it is typed: what it takes, or why it cannot be read. */
import { useEffect, useState } from 'react'
import { type CheckedText, checkRule, type RuleText } from '../api/rules.ts'
import { TextField, type TextFieldProps } from '../parts/text-field.tsx'
import { strings } from '../strings/index.ts'

const words = strings.routing.form
const pauseMs = 200

export interface CheckedFieldProps extends Pick<TextFieldProps, 'value' | 'onChange' | 'placeholder' | 'autoFocus' | 'aria-label'> {
  readonly kind: 'condition' | 'pattern' | 'size'
  readonly note?: string
  /** One of several in a row: only what is wrong is said. */
  readonly isQuiet?: boolean
  /** What the form itself finds wrong. */
  readonly error?: string | null
}

export function CheckedField({ kind, note, isQuiet = false, error = null, ...field }: CheckedFieldProps) {
  const checked = useCheck(kind, field.value)
  const said = isQuiet ? undefined : checked === null ? note : kind === 'condition' ? words.reads(checked.reads) : words.takes(checked.takes)
  return (
    <TextField
      {...field}
      size="wide"
      isMono
      error={error ?? checked?.problem ?? null}
      {...(said === undefined || checked?.problem ? {} : { description: said })}
    />
  )
}

/** Null while nothing is typed, and until the router has answered. */
function useCheck(kind: CheckedFieldProps['kind'], value: string): CheckedText | null {
  const [checked, setChecked] = useState<CheckedText | null>(null)
  const text = value.trim()
  useEffect(() => {
    if (text === '') {
      setChecked(null)
      return
    }
    let isOld = false
    const timer = setTimeout(() => {
      checkRule({ [kind]: text } as unknown as RuleText).then(
        (answer) => !isOld && setChecked(answer),
        () => !isOld && setChecked(null), // saving says it again
      )
    }, pauseMs)
    return () => {
      isOld = true
      clearTimeout(timer)
    }
  }, [kind, text])
  return checked
}
