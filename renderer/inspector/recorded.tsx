/** Headers, tool calls and bodies, where they were recorded; elsewhere how to record the next ones. */
import { useMemo } from 'react'
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components/Tabs'
import { recordFor, useActivity } from '../activity/activity-state.ts'
import type { RecordedBodies, RequestDetail } from '../api/types.ts'
import { Button } from '../parts/button.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import { strings } from '../strings/index.ts'
import { pretty, replyOf } from './answer-of.ts'
import { ReplyText } from './comparison.tsx'

const words = strings.inspector
const recordMinutes = 10
/** A longer body is copied whole, and shown in part. */
const shownCharacters = 100_000

export function Recorded({ detail }: { readonly detail: RequestDetail }) {
  if (detail.duration_ms === null) return null
  return detail.recording ? <Tabbed recording={detail.recording} /> : <NotRecorded />
}

function NotRecorded() {
  const until = useActivity((state) => state.recording?.until ?? null)
  const problem = useActivity((state) => state.problem)
  const isOn = until !== null && Date.parse(until) > Date.now()
  return (
    <section>
      <h3>{words.bodies}</h3>
      <p className="caption">
        {isOn ? words.recordingNow : words.notStored}{' '}
        {!isOn && (
          <Button kind="quiet" className="link-button" onPress={() => void recordFor(recordMinutes)}>
            {strings.activity.record}
          </Button>
        )}
      </p>
      {problem !== null && <p className="form-error">{problem}</p>}
    </section>
  )
}

function Tabbed({ recording }: { readonly recording: RecordedBodies }) {
  const reply = useMemo(() => replyOf(recording.reply ?? ''), [recording.reply])
  const body = useMemo(() => pretty(recording.body), [recording.body])
  const calls = reply.answers.flatMap((answer) => answer.calls)
  return (
    <section>
      <Tabs className="tabs" defaultSelectedKey="bodies">
        <TabList className="tab-list" aria-label={words.recorded}>
          <Tab id="bodies" className="tab">
            {words.bodies}
          </Tab>
          <Tab id="calls" className="tab">
            {words.calls(calls.length)}
          </Tab>
          <Tab id="headers" className="tab">
            {words.headers}
          </Tab>
        </TabList>
        <TabPanel id="bodies" className="tab-panel">
          <Text title={words.request} text={body} copy={recording.body} note={recording.cut.body ? words.cut : null} />
          <div className="recorded-head">
            <h4>{words.answer}</h4>
            {!recording.complete && <span className="badge error">{words.notComplete}</span>}
          </div>
          {recording.reply === null ? <p className="caption">{words.noReply}</p> : <ReplyText reply={reply} />}
          {reply.failure !== null && <p className="form-error">{reply.failure}</p>}
          {recording.reply !== null && (
            <details>
              <summary>{words.asSent}</summary>
              <Text title={words.reply} text={pretty(recording.reply)} copy={recording.reply} note={recording.cut.reply ? words.cut : null} />
            </details>
          )}
        </TabPanel>
        <TabPanel id="calls" className="tab-panel">
          {calls.length === 0 && <p className="caption">{words.noCalls}</p>}
          {calls.map((call, place) => (
            // A reply is never reordered: the place is the identity.
            <Text key={place} title={call.name} text={pretty(call.arguments)} copy={call.arguments} note={null} />
          ))}
        </TabPanel>
        <TabPanel id="headers" className="tab-panel">
          <dl className="headers">
            {Object.entries(recording.headers).map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </TabPanel>
      </Tabs>
    </section>
  )
}

interface TextProps {
  readonly title: string
  readonly text: string
  readonly copy: string
  readonly note: string | null
}

function Text({ title, text, copy, note }: TextProps) {
  return (
    <>
      <div className="recorded-head">
        <h4>{title}</h4>
        {note !== null && <span className="badge">{note}</span>}
        <CopyButton text={copy} label={words.copy(title)} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a text that scrolls must be reachable by keyboard */}
      <pre className="recorded-text" tabIndex={0}>
        {text.length <= shownCharacters ? text : `${text.slice(0, shownCharacters)}…`}
      </pre>
    </>
  )
}
