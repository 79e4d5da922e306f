/** Two answers side by side, with their times: this request, and its repeat or another of the list. Model output is text, whatever is in it. */
import { OctagonX, X } from 'lucide-react'
import { Fragment, useEffect, useMemo } from 'react'
import type { Lane, RequestDetail } from '../api/types.ts'
import { Button } from '../parts/button.tsx'
import { LaneIcon } from '../parts/lane-name.tsx'
import { loadDetail } from '../state/connection.ts'
import { linkTo } from '../state/place.ts'
import { usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { splitName } from '../words/deployment-name.ts'
import { count, duration } from '../words/figures.ts'
import { tokensPerSecond } from '../words/speed.ts'
import { type Answer, type Reply, replyOf } from './answer-of.ts'
import { endComparison, stopRepeat, useRepeats } from './repeat-state.ts'

const words = strings.inspector

interface Side {
  readonly title: string
  readonly lane: Lane | null
  readonly deployment: string | null
  readonly firstMs: number | null
  readonly totalMs: number | null
  readonly tokens: number | null
  readonly speed: number | null
  /** Null = not recorded. */
  readonly reply: string | null
  readonly problem: string | null
  readonly isRunning: boolean
  readonly link: string | null
}

export function Comparison({ detail }: { readonly detail: RequestDetail }) {
  const { id } = detail
  const repeated = useRepeats((state) => state.repeats[id])
  const otherId = useRepeats((state) => state.others[id]) ?? repeated?.id ?? null
  const known = usePanel((state) => (otherId === null ? undefined : state.details[otherId]))
  const isMissing = otherId !== null && known === undefined
  useEffect(() => {
    if (otherId !== null && isMissing) void loadDetail(otherId)
  }, [otherId, isMissing])
  const isOther = useRepeats((state) => state.others[id] !== undefined)
  if (!repeated && otherId === null) return null
  const other = known && 'detail' in known ? known.detail : null

  const left = sideOf(words.thisOne, detail)
  const right: Side =
    isOther || !repeated
      ? other
        ? { ...sideOf(words.theOther, other), link: linkTo('activity', other.id) }
        : { ...nothing, title: words.theOther, problem: known && 'problem' in known ? known.problem : null }
      : {
          ...(other ? sideOf('', other) : nothing),
          title: words.againOn(repeated.lane),
          lane: other?.lane ?? repeated.lane,
          firstMs: other?.first_output_ms ?? repeated.firstMs,
          totalMs: other?.duration_ms ?? repeated.totalMs,
          reply: repeated.reply,
          problem: repeated.problem,
          isRunning: repeated.state === 'running',
          link: repeated.id === null ? null : linkTo('activity', repeated.id),
        }
  return (
    <section aria-labelledby="comparison">
      <div className="row comparison-head">
        <h3 id="comparison">{words.comparison}</h3>
        {right.isRunning && (
          <Button kind="quiet" className="push" onPress={() => stopRepeat(id)}>
            {words.stopRepeat}
          </Button>
        )}
        <Button kind="quiet" className={right.isRunning ? '' : 'push'} icon={X} aria-label={words.endComparison} onPress={() => endComparison(id)} />
      </div>
      <div className="comparison">
        <SideView side={left} />
        <SideView side={right} />
      </div>
    </section>
  )
}

const nothing: Side = {
  title: '',
  lane: null,
  deployment: null,
  firstMs: null,
  totalMs: null,
  tokens: null,
  speed: null,
  reply: null,
  problem: null,
  isRunning: false,
  link: null,
}

function sideOf(title: string, detail: RequestDetail): Side {
  return {
    ...nothing,
    title,
    lane: detail.lane,
    deployment: detail.deployment,
    firstMs: detail.first_output_ms,
    totalMs: detail.duration_ms,
    tokens: detail.usage?.output ?? null,
    speed: tokensPerSecond(detail),
    reply: detail.recording?.reply ?? null,
    problem: detail.error?.message ?? null,
  }
}

function SideView({ side }: { readonly side: Side }) {
  const deployments = usePanel((state) => state.overview?.deployments) ?? []
  const { title, lane, deployment, firstMs, totalMs, tokens, speed, reply, problem, isRunning, link } = side
  const read = useMemo(() => (reply === null ? null : replyOf(reply)), [reply])
  const name = deployment === null ? null : splitName(deployment, deployments)
  const figures = [
    firstMs === null ? null : words.firstAfter(duration(firstMs)),
    totalMs === null ? null : words.inAll(duration(totalMs)),
    tokens === null ? null : words.tokens(count(tokens)),
    speed === null ? null : words.speed(speed),
  ].filter((figure) => figure !== null)
  return (
    <div className="side">
      <h4>{link === null ? title : <a href={link}>{title}</a>}</h4>
      <p className="clip">
        {lane && <LaneIcon lane={lane} label={lane} size={13} />} {name && <span className="medium">{name.model}</span>}{' '}
        {name?.provider && <span className="quiet-words">{name.provider}</span>}
      </p>
      <p className="side-figures">
        {figures.length > 0 ? figures.map((figure) => <span key={figure}>{figure}</span>) : isRunning ? words.asking : ''}
      </p>
      {problem !== null && (
        <p className="form-error">
          <OctagonX className="icon" size={13} strokeWidth={2} aria-hidden />
          {problem}
        </p>
      )}
      {read ? <ReplyText reply={read} /> : problem === null && !isRunning && <p className="quiet-words">{words.answerNotRecorded}</p>}
    </div>
  )
}

export function ReplyText({ reply: { answers } }: { readonly reply: Reply }) {
  return answers.map((answer, place) => (
    // A reply is never reordered: the place is the identity.
    <Fragment key={place}>
      {answers.length > 1 && <p className="caption">{words.answerOf(place + 1, answers.length)}</p>}
      <AnswerText answer={answer} />
    </Fragment>
  ))
}

function AnswerText({ answer }: { readonly answer: Answer }) {
  const { text, reasoning, calls } = answer
  return (
    <>
      {reasoning !== '' && <p className="answer-text quiet-words">{shortened(reasoning)}</p>}
      {text !== '' && (
        <p className="answer-text" dir="auto">
          {shortened(text)}
        </p>
      )}
      {calls.map((call, place) => (
        // A reply is never reordered: the place is the identity.
        <p key={place} className="answer-text">
          <code>
            {call.name}({shortened(call.arguments)})
          </code>
        </p>
      ))}
    </>
  )
}

const shownCharacters = 20_000
const shortened = (text: string): string => (text.length <= shownCharacters ? text : `${text.slice(0, shownCharacters)}…`)
