/** The split control: presets, the gate with its two figures, number field, Fallback and Lock, and the words for what is impossible. */
import { Info, Lock, RotateCcw, TriangleAlert } from 'lucide-react'
import { type KeyboardEvent, useState } from 'react'
import { Button } from 'react-aria-components/Button'
import type { Lane, SplitSetting } from '../api/types.ts'
import { linkTo } from '../state/place.ts'
import { onlyLane, percentOf, presetOf, presets, settingOf } from '../state/presets.ts'
import { changeSplit, resetToBase } from '../state/split-changes.ts'
import { announce, usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { EndQuestion, rememberAsked, wasAsked } from './end-question.tsx'
import { End, Middle } from './ends.tsx'
import { FallbackAndLock } from './fallback-and-lock.tsx'
import { Gate } from './gate.tsx'
import { useGateDraft } from './gate-draft.ts'
import { BatteryOffer, GuardStrip } from './guard-strip.tsx'
import { MovingNote } from './moving-note.tsx'
import { OverrideStrip, TimeLeft } from './override-strip.tsx'
import { PresetChoice } from './preset-choice.tsx'
import { TemporarilyMenu } from './temporarily-menu.tsx'
import { useWhatIf } from './use-what-if.ts'
import { WhatIfRow } from './what-if-row.tsx'

const words = strings.split

export function SplitControl() {
  const split = usePanel((state) => state.split)
  const wanted = usePanel((state) => state.wanted)
  const problem = usePanel((state) => state.problem)
  const sentToday = usePanel((state) => state.overview?.today.remote.bytes_sent ?? 0)
  const guards = usePanel((state) => state.overview?.guards)
  const offersBattery = usePanel((state) => state.overview?.offers_battery ?? false)
  const providers = usePanel(
    (state) => new Set(state.overview?.deployments.filter(({ lane }) => lane === 'remote').map(({ provider }) => provider)).size,
  )
  const [asked, setAsking] = useState<Lane | null>(null)

  const setting = wanted ?? (split ? settingOf(split) : presets['prefer-local'])
  const set = percentOf(setting.remote_share)
  const only = split ? onlyLane(setting, split.lanes) : null
  // A question about an end that was left meanwhile is no question any more.
  const asking = setting.lock === null && set === (asked === 'local' ? 0 : 100) ? asked : null
  const change = (next: SplitSetting) => {
    setAsking(null)
    changeSplit(next)
  }
  const commit = (value: number) => {
    change({ ...setting, remote_share: value / 100 })
    const end: Lane | null = value === 0 ? 'local' : value === 100 ? 'remote' : null
    if (end === null || wasAsked(end)) return
    rememberAsked(end)
    setAsking(end)
    announce(words.endQuestion[end].title)
  }
  const { draft, track } = useGateDraft({ value: set, isDisabled: only !== null, onCommit: commit })
  const forecast = useWhatIf(draft && draft.value !== set ? draft.value / 100 : null)
  if (!split) return null

  const shown = only ? (only.lane === 'local' ? 0 : 100) : (draft?.value ?? set)
  const actual = split.actual.sessions > 0 ? Math.round((split.actual.remote / split.actual.sessions) * 100) : null
  const missing: Lane | null = only?.because === 'missing' ? (only.lane === 'local' ? 'remote' : 'local') : null
  const override = wanted === null || wanted.lock === split.override?.lock ? (split.override ?? null) : null
  const lockWords = only && (missing ? words.laneMissing[missing] : words.lockedTo[only.lane])
  const ghost = draft
    ? { value: set, text: words.now(set) }
    : only
      ? { value: set, text: only.because === 'lock' ? words.returnsTo(set) : words.kept(set) }
      : null
  const closeQuestion = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || asking === null) return
    event.preventDefault()
    setAsking(null)
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Esc closes the question wherever the focus is inside the control
    <div className="split-control" onKeyDown={closeQuestion}>
      <div className="head">
        <h2 id="split-title">{words.title}</h2>
        <span className={`caption head-caption ${draft ? 'is-trying' : ''}`}>
          {draft?.by === 'drag' ? words.applied : draft?.by === 'digits' ? words.typed : caption(split.unit, split.source)}
        </span>
        <span className="push" />
        {split.source === 'override' && override === null && (
          <Button className="button quiet" onPress={() => void resetToBase()}>
            <RotateCcw className="icon" size={14} strokeWidth={1.75} aria-hidden />
            {words.reset(split.base.source, split.base.remote_share)}
          </Button>
        )}
        {override === null && <TemporarilyMenu />}
      </div>
      {guards?.map((guard) => (
        <GuardStrip key={`${guard.kind} ${guard.detail ?? ''}`} guard={guard} />
      ))}
      {offersBattery && <BatteryOffer />}
      {override ? <OverrideStrip override={override} /> : <PresetChoice setting={setting} onChange={change} />}
      <div className="ends">
        <End lane="local" value={100 - shown} caption={words.thisMac} />
        <Middle
          draft={draft}
          set={set}
          lockWords={override?.until ? <TimeLeft until={override.until} /> : lockWords}
          isCustom={presetOf(setting) === 'custom'}
          onCommit={commit}
        />
        <End lane="remote" value={shown} caption={words.providers(providers)} />
      </div>
      <div className="gate-place">
        <Gate
          value={shown}
          ghost={ghost}
          actual={draft || only ? null : actual}
          only={only?.lane ?? null}
          isLifted={draft?.by === 'drag'}
          valueText={lockWords ?? words.valueText(shown, setting)}
          describedBy="split-actual"
          track={track}
        />
        {asking && (
          <EndQuestion
            end={asking}
            onPrefer={() => setAsking(null)}
            onLock={() => change(presets[asking === 'local' ? 'local-only' : 'remote-only'])}
          />
        )}
      </div>
      <p className="visually-hidden" id="split-actual">
        {actual === null ? '' : words.setAndActual(set, actual, split.actual.sessions)}
      </p>
      {only && override === null && <OnlyNote lane={only.lane} missing={missing} setting={setting} sentToday={sentToday} />}
      {setting.lock === null && <MovingNote />}
      {problem !== null && (
        <div className="note is-error" role="alert">
          <TriangleAlert className="icon" size={14} aria-hidden />
          <span>{problem}</span>
        </div>
      )}
      {forecast === null ? <FallbackAndLock setting={setting} onChange={change} /> : <WhatIfRow answer={forecast} />}
    </div>
  )
}

const caption = (unit: string | undefined, source: string): string => {
  const decided = unit === 'request' ? words.perRequest : words.perSession
  const setBy = source === 'override' ? null : words.setBy(source)
  return setBy === null ? decided : `${decided}, ${setBy}`
}

function OnlyNote({ lane, missing, setting, sentToday }: { lane: Lane; missing: Lane | null; setting: SplitSetting; sentToday: number }) {
  const { strong, rest } = missing
    ? words.laneMissingNote(missing, setting)
    : lane === 'local'
      ? words.lockedLocalNote(sentToday)
      : words.lockedRemoteNote
  const Icon = missing ? Info : Lock
  const refused = usePanel((state) => state.overview?.today.refused)
  return (
    <div className="note">
      <Icon className="icon" size={14} aria-hidden />
      <span>
        <b>{strong}</b> {rest} {missing === null && refused !== undefined && refused.length > 0 && <Refused refused={refused} />}
      </span>
    </div>
  )
}

/** What was refused today, each kind as a link to its rows. */
function Refused({ refused }: { readonly refused: readonly { readonly code: string; readonly count: number }[] }) {
  const sum = refused.reduce((total, { count }) => total + count, 0)
  return (
    <>
      {words.refusedNote(sum)}{' '}
      {refused.map(({ code }, index) => (
        <span key={code}>
          {index > 0 && ', '}
          <a className="text-link" href={linkTo('activity', null, { errors: '1', q: code })}>
            {words.refusedFor(code)}
          </a>
        </span>
      ))}
    </>
  )
}
