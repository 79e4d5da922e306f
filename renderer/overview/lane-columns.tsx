/** The two channels below the gate, local left, remote right: figures, requests per minute on one scale, the gap, deployments. */
import { Info } from 'lucide-react'
import type { Lane, Overview, SplitView } from '../api/types.ts'
import { settingOf } from '../state/presets.ts'
import { usePanel } from '../state/store.ts'
import { strings } from '../strings.ts'
import { amount, count, usd } from '../words/figures.ts'
import { gapOf, setSessions } from '../words/gap.ts'
import { DeploymentList } from './deployment-list.tsx'
import { DownloadRow } from './download-row.tsx'
import { FlowBars } from './flow-bars.tsx'

const words = strings.lanes

export function LaneColumns() {
  const overview = usePanel((state) => state.overview)
  const split = usePanel((state) => state.split)
  if (!overview || !split) return null
  const top = Math.max(1, ...overview.per_minute.local, ...overview.per_minute.remote)
  return (
    <div className="lanes">
      <LaneColumn lane="local" overview={overview} split={split} top={top} />
      <LaneColumn lane="remote" overview={overview} split={split} top={top} />
    </div>
  )
}

function LaneColumn({ lane, overview, split, top }: { lane: Lane; overview: Overview; split: SplitView; top: number }) {
  const deployments = overview.deployments.filter((deployment) => deployment.lane === lane)
  const { download } = overview
  const isDownloadShown = lane === 'local' && download !== null && download.state !== 'ready' && download.state !== 'off'
  return (
    <section className={`lane ${lane}`} aria-label={words.label[lane]}>
      <Figures lane={lane} overview={overview} split={split} />
      <FlowBars lane={lane} perMinute={overview.per_minute[lane]} top={top} />
      <Gap lane={lane} split={split} />
      {isDownloadShown && <DownloadRow download={download} />}
      {deployments.length > 0 ? (
        <DeploymentList lane={lane} deployments={deployments} />
      ) : (
        !isDownloadShown && <p className="no-deployments">{lane === 'local' ? words.noLocal : words.noRemote}</p>
      )}
    </section>
  )
}

function Figures({ lane, overview, split }: { lane: Lane; overview: Overview; split: SplitView }) {
  const { sessions, remote } = split.actual
  const today = overview.today[lane]
  const speeds = overview.deployments.filter((deployment) => deployment.lane === lane).flatMap(({ tokens_per_s }) => tokens_per_s ?? [])
  const served = lane === 'local' ? sessions - remote : remote
  return (
    <dl className="figures">
      <Figure
        value={sessions === 0 ? '0' : count(served)}
        unit={sessions === 0 ? words.noSessions : words.ofSessions(sessions, setSessions(lane, settingOf(split), sessions))}
      />
      <Figure value={count(today.requests)} unit={words.requestsToday} />
      <Figure value={amount(today.input_tokens + today.output_tokens)} unit={words.tokensToday} />
      {lane === 'remote' ? (
        <Spent today={overview.today.remote} />
      ) : (
        <Figure
          value={speeds.length === 0 ? strings.requests.none : count(speeds.reduce((sum, speed) => sum + speed, 0))}
          unit={words.tokensPerSecond}
        />
      )}
    </dl>
  )
}

/** Money only where the provider's price is known. */
function Spent({ today }: { today: Overview['today']['remote'] }) {
  const isUnknown = today.cost_usd === null && today.requests > 0
  return isUnknown ? (
    <Figure value={strings.requests.none} unit={words.noPrice(today.bytes_sent)} />
  ) : (
    <Figure value={usd(today.cost_usd ?? 0)} unit={words.spent(today.bytes_sent)} />
  )
}

function Figure({ value, unit }: { value: string; unit: string }) {
  return (
    <div>
      <dt>{unit}</dt>
      <dd>{value}</dd>
    </div>
  )
}

/** In the lane that got more than set: by how much, and why. */
function Gap({ lane, split }: { lane: Lane; split: SplitView }) {
  const gap = gapOf(settingOf(split), split.actual)
  if (!gap || gap.lane !== lane) return null
  return (
    <div className="note">
      <Info className="icon" size={14} aria-hidden />
      <span>
        <b>{gap.title}</b> {gap.reasons}
      </span>
    </div>
  )
}
