/** The two channels below the gate, local left, remote right: figures, requests per minute on one scale, the gap, memory, deployments. */
import { Info } from 'lucide-react'
import type { DeploymentView, Lane, Overview, SplitView } from '../api/types.ts'
import { linkTo } from '../state/place.ts'
import { settingOf } from '../state/presets.ts'
import { usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { amount, count, usd } from '../words/figures.ts'
import { gapOf, setSessions } from '../words/gap.ts'
import { DeploymentList } from './deployment-list.tsx'
import { DownloadRow, isDownloadShown } from './download-row.tsx'
import { ExplainedFigure } from './explained-figure.tsx'
import { FlowChart } from './flow-chart.tsx'
import { MemoryBar } from './memory-bar.tsx'

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
  const onItsWay = lane === 'local' && isDownloadShown(download) ? download : null
  const ofEngine = lane === 'local' ? onePerFile(deployments) : []
  return (
    <section className={`lane ${lane}`} aria-label={words.label[lane]}>
      <Figures lane={lane} overview={overview} split={split} />
      <FlowChart lane={lane} perMinute={overview.per_minute[lane]} startedAt={overview.started_at} top={top} />
      <Gap lane={lane} split={split} />
      {ofEngine.length > 0 && <MemoryBar memory={overview.memory} models={ofEngine} />}
      {onItsWay && <DownloadRow download={onItsWay} />}
      {deployments.length > 0 ? <DeploymentList lane={lane} deployments={deployments} /> : !onItsWay && <NoDeployment lane={lane} />}
    </section>
  )
}

function NoDeployment({ lane }: { lane: Lane }) {
  const { text, link } = words.noDeployment[lane]
  return (
    <p className="no-deployments">
      {text}{' '}
      <a className="text-link" href={lane === 'local' ? linkTo('models', null, { get: '1' }) : linkTo('providers', null, { add: '' })}>
        {link}
      </a>
    </p>
  )
}

/** Two models may share a file: it is loaded once. */
function onePerFile(deployments: readonly DeploymentView[]): readonly DeploymentView[] {
  const ofEngine = deployments.filter(({ loaded }) => loaded !== null)
  return [...new Map(ofEngine.map((deployment) => [deployment.upstream_model ?? deployment.name, deployment])).values()]
}

function Figures({ lane, overview, split }: { lane: Lane; overview: Overview; split: SplitView }) {
  const { sessions, remote } = split.actual
  const today = overview.today[lane]
  const served = lane === 'local' ? sessions - remote : remote
  const speed = overview.tokens_per_s[lane]
  return (
    <dl className="figures">
      <Figure
        value={sessions === 0 ? '0' : count(served)}
        unit={sessions === 0 ? words.noSessions : words.ofSessions(sessions, setSessions(lane, settingOf(split), sessions))}
      />
      <Figure value={speed === null ? strings.requests.none : count(speed)} unit={words.tokensPerSecond} />
      <Figure value={amount(today.input_tokens + today.output_tokens)} unit={words.tokensToday} />
      {lane === 'remote' ? <Spent today={overview.today.remote} /> : <Saved usdSaved={overview.today.saved_usd} hasTokens={today.requests > 0} />}
    </dl>
  )
}

/** Money only where a price is known; how it is counted is one key or hover away. */
function Saved({ usdSaved, hasTokens }: { usdSaved: number | null; hasTokens: boolean }) {
  if (usdSaved === null && hasTokens) return <ExplainedFigure value={strings.requests.none} unit={words.savedNoPrice} how={words.savedHowUnknown} />
  return <ExplainedFigure value={usd(usdSaved ?? 0)} unit={words.savedToday} how={words.savedHow} />
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

/** In the lane that got more than set: by how much, and why; each reason leads to its requests. */
function Gap({ lane, split }: { lane: Lane; split: SplitView }) {
  const gap = gapOf(settingOf(split), split.actual)
  if (!gap || gap.lane !== lane) return null
  return (
    <div className="note">
      <Info className="icon" size={14} aria-hidden />
      <span>
        <b>{gap.title}</b>{' '}
        {gap.reasons.map(({ text, reason }, index) => (
          <span key={text}>
            {index > 0 && ', '}
            {reason === null ? (
              text
            ) : (
              <a className="text-link" href={linkTo('activity', null, { reason, lane })}>
                {text}
              </a>
            )}
            {index === gap.reasons.length - 1 && '.'}
          </span>
        ))}
      </span>
    </div>
  )
}
