/** The line above the gate: a figure at each end, and between them the number field, or in words what is tried or impossible. */
import { ArrowRight, Lock } from 'lucide-react'
import type { ReactNode } from 'react'
import { Input, NumberField } from 'react-aria-components/NumberField'
import type { Lane } from '../api/types.ts'
import { LaneIcon } from '../parts/lane-name.tsx'
import { strings } from '../strings/index.ts'
import type { Draft } from './gate-draft.ts'

const words = strings.split

export function End({ lane, value, caption: text }: { lane: Lane; value: number; caption: string }) {
  const figure = (
    <strong className={lane}>
      {value}
      <i>%</i>
    </strong>
  )
  const name = (
    <span className={`end-name ${lane}`}>
      <LaneIcon lane={lane} />
      {strings.laneLabels[lane]}
    </span>
  )
  const note = <span className="caption end-caption">{text}</span>
  return lane === 'local' ? (
    <div className={`end ${value === 0 ? 'zero' : ''}`}>
      {figure}
      {name}
      {note}
    </div>
  ) : (
    <div className={`end right ${value === 0 ? 'zero' : ''}`}>
      {note}
      {name}
      {figure}
    </div>
  )
}

export interface MiddleProps {
  readonly draft: Draft | null
  readonly set: number
  readonly lockWords: ReactNode
  readonly isCustom: boolean
  readonly onCommit: (value: number) => void
}

export function Middle({ draft, set, lockWords, isCustom, onCommit }: MiddleProps) {
  if (lockWords !== null)
    return (
      <div className="middle">
        <Lock className="icon" size={13} strokeWidth={2} aria-hidden />
        {lockWords}
      </div>
    )
  if (draft)
    return (
      <div className="middle">
        <span className="from">{set}</span>
        <ArrowRight className="icon" size={14} aria-hidden />
        <span className="trying">{draft.value}</span>
        <span className="unit">{words.percentRemote}</span>
      </div>
    )
  return (
    <div className="middle">
      {isCustom && strings.presetLabels.custom}
      <NumberField
        aria-label={words.numberField}
        value={set}
        minValue={0}
        maxValue={100}
        step={1}
        isWheelDisabled
        onChange={(value) => {
          if (Number.isInteger(value) && value !== set) onCommit(value)
        }}
      >
        <Input className="field number" />
      </NumberField>
      <span className="unit">{words.percentRemote}</span>
    </div>
  )
}
