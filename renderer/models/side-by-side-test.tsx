/** One real request to each side at the same time: both answers stream beside each other, with what each took; what fails says why and what to do. */
import { CircleStop, OctagonX } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { type ModelDeployment, type ModelView, type TestResult, testDeployment } from '../api/models.ts'
import type { Lane } from '../api/types.ts'
import { Button } from '../parts/button.tsx'
import { LaneIcon } from '../parts/lane-name.tsx'
import { Select } from '../parts/select.tsx'
import { TextField } from '../parts/text-field.tsx'
import { linkTo } from '../state/place.ts'
import { announce } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { failureWords } from '../words/failure-words.ts'
import { duration, latency, usd } from '../words/figures.ts'
import { whatFailed } from '../words/reasons.ts'
import { inLane, lanes, leading } from './lanes.ts'
import { loadModels } from './models-state.ts'

const words = strings.models.test
const maxTokens = 256

interface Run {
  readonly isRunning: boolean
  readonly text: string
  readonly result: TestResult | null
  /** Why it could not even begin. */
  readonly problem: string | null
  /** By a person. */
  readonly isStopped: boolean
}

const notRun: Run = { isRunning: false, text: '', result: null, problem: null, isStopped: false }

export function SideBySideTest({ model, isAsked }: { readonly model: ModelView; readonly isAsked: boolean }) {
  const [prompt, setPrompt] = useState<string>(words.usualPrompt)
  const [chosen, setChosen] = useState<Partial<Record<Lane, string>>>({})
  const [runs, setRuns] = useState<Readonly<Record<string, Run>>>({})
  const stopping = useRef(new AbortController())
  const section = useRef<HTMLElement>(null)
  useEffect(() => {
    if (isAsked) section.current?.scrollIntoView({ block: 'start' })
  }, [isAsked])
  useEffect(() => {
    const { current } = stopping
    return () => current.abort()
  }, [])

  const sides = lanes.flatMap((lane) => {
    const deployments = inLane(model, lane)
    const deployment = deployments.find(({ name }) => name === chosen[lane]) ?? leading(deployments)
    return deployment ? [{ lane, deployment, deployments }] : []
  })
  const isRunning = Object.values(runs).some((run) => run.isRunning)
  const put = (name: string, change: Partial<Run>) => setRuns((all) => ({ ...all, [name]: { ...(all[name] ?? notRun), ...change } }))

  const test = async ({ name }: ModelDeployment, signal: AbortSignal) => {
    put(name, { ...notRun, isRunning: true })
    let text = ''
    try {
      const result = await testDeployment({
        deployment: name,
        prompt: prompt.trim() === '' ? words.usualPrompt : prompt,
        maxTokens,
        signal,
        onText: (piece) => {
          text += piece
          put(name, { text })
        },
      })
      put(name, { result, isRunning: false })
      announce(words.announce(name, result.ok ? words.announced.ok : words.announced.failed))
    } catch (error) {
      put(name, { isRunning: false, isStopped: signal.aborted, problem: signal.aborted ? null : failureWords(error) })
    }
  }
  const run = (deployments: readonly ModelDeployment[]) => {
    stopping.current = new AbortController()
    void Promise.all(deployments.map((each) => test(each, stopping.current.signal))).then(loadModels)
  }
  return (
    <section className="model-section" aria-labelledby="test-title" ref={section}>
      <div className="head">
        <h3 id="test-title">{words.title}</h3>
        <span className="caption clip">{words.note}</span>
      </div>
      <div className="panel side-by-side">
        <div className="test-bar">
          <TextField aria-label={words.prompt} size="wide" value={prompt} onChange={setPrompt} />
          {isRunning ? (
            <Button icon={CircleStop} onPress={() => stopping.current.abort()}>
              {words.stop}
            </Button>
          ) : (
            <Button kind="primary" onPress={() => run(sides.map(({ deployment }) => deployment))}>
              {sides.length > 1 ? words.both : words.one}
            </Button>
          )}
        </div>
        <div className={`test-columns ${sides.length === 1 ? 'is-single' : ''}`}>
          {sides.map(({ lane, deployment, deployments }) => (
            <div key={lane} className={`test-column ${lane}`}>
              <div className="test-head">
                <LaneIcon lane={lane} label={strings.laneLabels[lane]} />
                {deployments.length > 1 ? (
                  <Select
                    aria-label={words.place}
                    value={deployment.name}
                    options={deployments.map(({ name }) => ({ id: name, label: name }))}
                    onChange={(name) => setChosen({ ...chosen, [lane]: name })}
                  />
                ) : (
                  <span className="medium clip">{deployment.name}</span>
                )}
                {sides.length > 1 && !isRunning && (
                  <Button kind="quiet" className="push" aria-label={`${words.one} ${deployment.name}`} onPress={() => run([deployment])}>
                    {words.one}
                  </Button>
                )}
              </div>
              {runs[deployment.name] && <Outcome run={runs[deployment.name] ?? notRun} />}
            </div>
          ))}
        </div>
      </div>
    </section>
  )
}

function Outcome({ run: { isRunning, text, result, problem, isStopped } }: { readonly run: Run }) {
  const error = result?.error ?? null
  return (
    <>
      <div className="test-text" aria-busy={isRunning}>
        {text !== '' && <p>{text}</p>}
        {isRunning && text === '' && <p className="quiet-words">{words.waiting}</p>}
        {isStopped && <p className="quiet-words">{words.stopped}</p>}
        {result?.ok && text === '' && <p className="quiet-words">{words.noText}</p>}
        {(error !== null || problem !== null) && (
          <p className="test-error">
            <OctagonX className="icon" size={14} strokeWidth={2} aria-hidden />
            <span>
              <b>{words.failed(error === null ? null : whatFailed(error.code, null))}</b> {error?.message ?? problem}
              {error?.how_to_fix != null && <span className="quiet-words"> {error.how_to_fix}</span>}
            </span>
          </p>
        )}
      </div>
      {result && <Figures result={result} />}
    </>
  )
}

function Figures({ result }: { readonly result: TestResult }) {
  const { first_output_ms, duration_ms, tokens_per_s, usage, cost_usd, lane, request_id } = result
  const none = strings.models.none
  return (
    <div className="test-foot">
      <dl className="test-figures">
        <Figure name={words.firstOutput} value={first_output_ms === null ? none : latency(first_output_ms)} />
        <Figure name={words.total} value={duration(duration_ms)} />
        <Figure name={words.speed} value={tokens_per_s === null ? none : words.speedOf(tokens_per_s)} />
        <Figure name={words.tokens} value={usage === null ? none : words.tokensOf(usage.input, usage.output)} />
        {lane === 'remote' && <Figure name={words.cost} value={cost_usd === null ? none : usd(cost_usd)} />}
      </dl>
      <a className="small-link" href={linkTo('activity', request_id)}>
        {words.inActivity}
      </a>
    </div>
  )
}

const Figure = ({ name, value }: { readonly name: string; readonly value: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </div>
)
