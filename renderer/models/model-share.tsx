/** The model's own gate: it follows the global split or has a share of its own, by drag, keys or number. One lane only: locked there, with the reason and the way out. */
import { Link, Lock, RotateCcw, Unlink } from 'lucide-react'
import { useState } from 'react'
import { Button } from 'react-aria-components/Button'
import { Input, NumberField } from 'react-aria-components/NumberField'
import { type ModelView, resetModelShare, setModelLock, setModelShare } from '../api/models.ts'
import type { Lane } from '../api/types.ts'
import { Button as PanelButton } from '../parts/button.tsx'
import { FormProblem } from '../parts/form-problem.tsx'
import { LaneName } from '../parts/lane-name.tsx'
import { Segmented } from '../parts/segmented.tsx'
import { Gate } from '../split/gate.tsx'
import { useGateDraft } from '../split/gate-draft.ts'
import { percentOf } from '../state/presets.ts'
import { announce, usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { failureWords } from '../words/failure-words.ts'
import { percent } from '../words/figures.ts'
import { type GateView, gateOf, onlyLaneOf, otherLane } from './lanes.ts'
import { loadModels } from './models-state.ts'

const words = strings.models.share

export function ModelShare({ model, onAddSide }: { readonly model: ModelView; readonly onAddSide: (lane: Lane) => void }) {
  const split = usePanel((state) => state.split)
  const [problem, setProblem] = useState<string | null>(null)
  /** What was set here and is not confirmed yet. */
  const [wanted, setWanted] = useState<number | null>(null)
  const gate = gateOf(model, split)
  const set = wanted ?? percentOf(model.remote_share)

  const base = model.base_remote_share === null ? null : percentOf(model.base_remote_share)
  /** Where nothing else is said, following is what it is without a change. */
  const change = async (share: number | null) => {
    setProblem(null)
    setWanted(share)
    try {
      const isBase = share === base
      await (isBase ? resetModelShare(model.name) : setModelShare(model.name, share === null ? null : share / 100))
      await loadModels()
      announce(words.announced(share))
    } catch (error) {
      setProblem(words.notChanged(failureWords(error)))
    } finally {
      setWanted(null)
    }
  }
  const hasBothLanes = onlyLaneOf(model) === null && model.deployments.length > 0 && model.name !== 'auto'
  const changeLock = async (lock: Lane | null) => {
    setProblem(null)
    try {
      await setModelLock(model.name, lock)
      await loadModels()
      announce(lock === null ? words.unlocked : words.lockedTo[lock])
    } catch (error) {
      setProblem(words.notChanged(failureWords(error)))
    }
  }
  const isOwn = gate.own || wanted !== null
  const { draft, track } = useGateDraft({ value: set, isDisabled: gate.only !== null, onCommit: (value) => void change(value) })
  if (model.deployments.length === 0) return null
  const shown = gate.only === null ? (draft?.value ?? set) : gate.value
  const globalShare = percentOf(split?.remote_share ?? 0)
  const follow = model.share_source === 'weights' ? words.followWeights(set) : words.follow(globalShare)
  const only = gate.only
  const reason = only === null ? null : reasonOf(gate.why, only)
  return (
    <section className="panel model-share instrument" aria-labelledby="share-title">
      <div className="head">
        <h3 id="share-title">{words.title}</h3>
        <span className="push" />
        {model.is_share_set_here && base !== null && (
          <PanelButton kind="quiet" icon={RotateCcw} onPress={() => void change(base)}>
            {strings.parts.resetTo(percent(base))}
          </PanelButton>
        )}
        {model.name !== 'auto' && only === null && (
          <Segmented
            aria-label={words.mode}
            value={isOwn ? 'own' : 'follow'}
            segments={[
              { id: 'follow', label: follow, icon: Link },
              { id: 'own', label: words.own, icon: Unlink },
            ]}
            onChange={(mode) => void change(mode === 'follow' ? null : set)}
          />
        )}
      </div>
      <div className="share-ends">
        <span className={`share-end ${shown === 100 ? 'is-zero' : ''}`}>
          <LaneName lane="local">{strings.laneLabels.local}</LaneName> <b>{100 - shown}&nbsp;%</b>
        </span>
        {reason !== null ? (
          <span className="share-reason">
            <Lock className="icon" size={13} strokeWidth={2} aria-hidden />
            {reason}
            {gate.why === 'missing' && model.editable && only !== null && (
              <Button className="text-link" onPress={() => onAddSide(otherLane(only))}>
                {strings.models.addSide}
              </Button>
            )}
          </span>
        ) : (
          <span className="share-reason">
            {draft ? (
              <>
                {set} → <b>{draft.value}</b> <span className="quiet-words">{words.percentRemote}</span>
              </>
            ) : (
              <>
                <NumberField
                  aria-label={words.slider(model.name)}
                  value={set}
                  minValue={0}
                  maxValue={100}
                  step={1}
                  isWheelDisabled
                  onChange={(value) => {
                    if (Number.isInteger(value) && value !== set) void change(value)
                  }}
                >
                  <Input className="field number" />
                </NumberField>
                <span className="quiet-words">{words.percentRemote}</span>
              </>
            )}
          </span>
        )}
        <span className={`share-end right ${shown === 0 ? 'is-zero' : ''}`}>
          <b>{shown}&nbsp;%</b> <LaneName lane="remote">{strings.laneLabels.remote}</LaneName>
        </span>
      </div>
      <div className="gate-place">
        <Gate
          value={shown}
          ghost={draft ? { value: set, text: strings.split.now(set) } : null}
          actual={null}
          only={only}
          isLifted={draft?.by === 'drag'}
          valueText={reason ?? words.valueText(shown)}
          describedBy="share-title"
          track={track}
        />
      </div>
      {hasBothLanes && (
        <div className="row wrap share-lock">
          <span className="form-label" id="lock-label">
            {words.lock}
          </span>
          <Segmented
            aria-label={words.lock}
            value={model.lock ?? 'none'}
            segments={[
              { id: 'none', label: words.locks.none },
              { id: 'local', label: words.locks.local, icon: Lock },
              { id: 'remote', label: words.locks.remote, icon: Lock },
            ]}
            onChange={(lock) => void changeLock(lock === 'none' ? null : lock)}
          />
        </div>
      )}
      <FormProblem text={problem} />
    </section>
  )
}

function reasonOf(why: GateView['why'], only: Lane): string {
  if (why === 'embeddings') return words.embeddings
  if (why === 'own-lock') return words.lockedTo[only]
  return why === 'lock' ? words.locked[only] : words.only[only]
}
