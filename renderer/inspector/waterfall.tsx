/** The tries on one time axis: grey = queue and load, outlined = wait and prefill, filled = stream, ink line = first output, red outline and words = failed. */
import { OctagonX } from 'lucide-react'
import type { AttemptView, RequestDetail } from '../api/types.ts'
import { strings } from '../strings/index.ts'
import { duration } from '../words/figures.ts'
import { whatFailed } from '../words/reasons.ts'

const words = strings.inspector
/** Right of this share of the axis there is no room for words beside a bar. */
const roomUntil = 0.42

export function Waterfall({ detail }: { detail: RequestDetail }) {
  const { tries } = detail
  const endMs = Math.max(1, detail.duration_ms ?? 0, ...tries.map(({ started_ms, ms }) => started_ms + ms))
  const ticks = axisTicks(endMs)
  const answered = tries.find(({ outcome }) => outcome === 'answered')
  return (
    <section>
      <h3>{words.timeline}</h3>
      <div className="waterfall">
        <div className="waterfall-axis" aria-hidden="true">
          {ticks.map((ms) => (
            <span key={ms} style={{ left: share(ms / endMs) }}>
              {ms === 0 ? '0' : axisLabel(ms)}
            </span>
          ))}
        </div>
        <ol>
          {tries.map((attempt, index) => (
            <Try key={attempt.index} attempt={attempt} number={index + 1} freeAtMs={endOf(tries[index - 1])} endMs={endMs} ticks={ticks} />
          ))}
        </ol>
        {answered && <Legend attempt={answered} freeAtMs={endOf(tries[tries.indexOf(answered) - 1])} isStream={detail.stream} />}
      </div>
    </section>
  )
}

interface TryProps {
  readonly attempt: AttemptView
  readonly number: number
  readonly freeAtMs: number
  readonly endMs: number
  readonly ticks: readonly number[]
}

function Try({ attempt, number, freeAtMs, endMs, ticks }: TryProps) {
  const { started_ms, first_output_ms, ms, outcome, lane, provider } = attempt
  const end = started_ms + ms
  const bar = (from: number, to: number) => ({ left: share(from / endMs), width: share(Math.max(0, to - from) / endMs) })
  const isFailed = outcome === 'failed'
  const failure = isFailed && words.failedAfter([attempt.status, whatFailed(attempt.code, attempt.status)].filter(Boolean).join(' '), duration(ms))
  const isBeside = end / endMs < roomUntil
  const failureWords = failure && (
    <em className="error" style={isBeside ? { left: `calc(${share(end / endMs)} + 4px)` } : {}}>
      <OctagonX className="icon" size={12} aria-hidden />
      {failure}
    </em>
  )
  return (
    <li className="try">
      <span className="try-name clip">
        <b>{number}</b> {provider}
      </span>
      <div className={`try-track ${lane} ${failure && !isBeside ? 'has-words-below' : ''}`}>
        {ticks.map((tick) => (
          <u key={tick} style={{ left: share(tick / endMs) }} />
        ))}
        {started_ms > freeAtMs && <i className="queue" style={bar(freeAtMs, started_ms)} />}
        <i className={`wait ${isFailed ? 'failed' : ''}`} style={bar(started_ms, isFailed ? end : (first_output_ms ?? end))} />
        {greyPhases(attempt).map(({ phase, from_ms, to_ms }) => (
          <i key={phase} className={`queue ${phase}`} style={bar(from_ms, to_ms)} />
        ))}
        {!isFailed && first_output_ms !== null && (
          <>
            <i className="stream" style={bar(first_output_ms, end)} />
            <b className="first-output" style={{ left: share(first_output_ms / endMs) }} />
          </>
        )}
        {failureWords}
      </div>
    </li>
  )
}

function Legend({ attempt, freeAtMs, isStream }: { attempt: AttemptView; freeAtMs: number; isStream: boolean }) {
  const { started_ms, first_output_ms, ms, lane } = attempt
  const queued = started_ms - freeAtMs
  const prefill = attempt.phases?.find(({ phase }) => phase === 'prefill')
  const end = started_ms + ms
  return (
    <div className={`legend ${lane}`}>
      {queued >= 5 && (
        <span>
          <i className="queue" />
          {words.legend.queue} {duration(queued)}
        </span>
      )}
      {greyPhases(attempt).map(({ phase, from_ms, to_ms }) => (
        <span key={phase}>
          <i className={`queue ${phase}`} />
          {words.legend[phase]} {duration(to_ms - from_ms)}
        </span>
      ))}
      <span>
        <i className="wait" />
        {prefill ? words.legend.prefill : words.legend.wait}{' '}
        {duration(prefill ? prefill.to_ms - prefill.from_ms : (first_output_ms ?? end) - started_ms)}
      </span>
      {first_output_ms !== null && (
        <>
          <span>
            <i className="first-output" />
            {words.legend.firstOutput} {duration(first_output_ms)}
          </span>
          <span>
            <i className="stream" />
            {isStream ? words.legend.stream : words.legend.reply} {duration(end - first_output_ms)}
          </span>
        </>
      )}
    </div>
  )
}

/** What stands in the way before the model works: drawn grey over the wait. */
const greyPhases = ({ phases = [] }: AttemptView) => phases.filter(({ phase, from_ms, to_ms }) => phase !== 'prefill' && to_ms - from_ms >= 1)

const endOf = (attempt: AttemptView | undefined): number => (attempt ? attempt.started_ms + attempt.ms : 0)
const share = (part: number): string => `${(part * 100).toFixed(2)}%`

/** At most five round steps: 1, 2 or 5 times a power of ten, and never less than a whole millisecond: labels show no parts of one. */
function axisTicks(endMs: number): readonly number[] {
  const rough = Math.max(1, endMs / 4)
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((times) => times * power).find((size) => size >= rough) ?? 10 * power
  return Array.from({ length: Math.floor((endMs * 0.9) / step) + 1 }, (_, index) => index * step)
}

const axisLabel = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${Number((ms / 1000).toFixed(1))} s`)
