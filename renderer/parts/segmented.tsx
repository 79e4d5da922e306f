/** One of two to five, all visible: segments of a radio group. */
import type { LucideIcon } from 'lucide-react'
import { Radio, RadioGroup } from 'react-aria-components/RadioGroup'
import { useRowNaming } from './row-label.ts'

export interface Segment<Id extends string> {
  readonly id: Id
  readonly label: string
  readonly icon?: LucideIcon
  readonly isDisabled?: boolean
}

export interface SegmentedProps<Id extends string> {
  readonly value: Id
  readonly segments: readonly Segment<Id>[]
  readonly onChange: (id: Id) => void
  readonly isDisabled?: boolean
  readonly 'aria-label'?: string
}

export function Segmented<Id extends string>({ value, segments, onChange, ...rest }: SegmentedProps<Id>) {
  return (
    <RadioGroup {...useRowNaming()} {...rest} className="segments" orientation="horizontal" value={value} onChange={(id) => onChange(id as Id)}>
      {segments.map(({ id, label, icon: Icon, isDisabled = false }) => (
        <Radio key={id} value={id} className="segment" isDisabled={isDisabled}>
          {Icon && <Icon className="icon" size={13} strokeWidth={1.75} aria-hidden />}
          {label}
        </Radio>
      ))}
    </RadioGroup>
  )
}
