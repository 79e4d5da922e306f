/** What a suggested model takes: size, licence, and of disk and memory the part as a bar with its figures. */
import type { ReactNode } from 'react'
import { Meter } from 'react-aria-components/Meter'
import type { Suggestion } from '../api/downloads.ts'
import { strings } from '../strings/index.ts'

const words = strings.firstRun.local.suggested

export interface SuggestionFactsProps {
  readonly suggestion: Suggestion
  /** As the hub says; null = it was not asked yet. */
  readonly totalBytes: number | null
}

export function SuggestionFacts({ suggestion, totalBytes }: SuggestionFactsProps) {
  const { size_bytes, parameters, licence, fit, disk_of_bytes, model } = suggestion
  const size = totalBytes || size_bytes
  const disk = model === null ? words.disk(size, disk_of_bytes) : words.diskTaken(size)
  return (
    <dl className="suggestion-facts">
      <Fact term={words.rows.size}>{words.size(size, totalBytes !== null || model !== null, parameters)}</Fact>
      <Fact term={words.rows.licence}>{licence}</Fact>
      <Fact term={words.rows.disk}>
        <Part label={words.rows.disk} text={disk} part={size} whole={disk_of_bytes} />
      </Fact>
      <Fact term={words.rows.memory}>
        <Part label={words.rows.memory} text={words.memory(fit.needs_bytes, fit.of_bytes)} part={fit.needs_bytes} whole={fit.of_bytes} />
      </Fact>
    </dl>
  )
}

function Fact({ term, children }: { readonly term: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  )
}

interface PartProps {
  readonly label: string
  readonly text: string
  readonly part: number
  readonly whole: number
}

function Part({ label, text, part, whole }: PartProps) {
  const share = whole > 0 ? Math.min(100, (part / whole) * 100) : 100
  return (
    <>
      <Meter className={`bar ${part > whole ? 'is-over' : ''}`} aria-label={label} value={Math.min(part, whole)} maxValue={whole} valueLabel={text}>
        <i style={{ width: `${share}%` }} />
      </Meter>
      <span>{text}</span>
    </>
  )
}
