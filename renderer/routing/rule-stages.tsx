/** The stages of a decision, numbered, each with its rules. The row that takes the request of the dry run is marked in words too. */
import { Pencil } from 'lucide-react'
import { useEffect } from 'react'
import type { RulesView } from '../api/rules.ts'
import { ArmedButton } from '../parts/armed-button.tsx'
import { Button } from '../parts/button.tsx'
import { linkTo } from '../state/place.ts'
import { announce } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { changeRules } from './routing-state.ts'
import { type Editing, withoutRule } from './rule-edits.ts'
import { RuleLine, Source, Taken, Warnings } from './rule-line.tsx'
import { type ListedKind, type RuleRow, rowsOfKind, smartProblem, warningsOf } from './rule-rows.ts'

const words = strings.routing

export interface RuleStagesProps {
  readonly view: RulesView
  /** The row that takes the request of the dry run: `pattern:^meta-llama/`. */
  readonly taken: string | null
  /** The row that the place names. */
  readonly pointed: string | null
  readonly onEdit: (editing: Editing) => void
  /** No rule at all: only what decides without one. */
  readonly isBare: boolean
}

const stages = ['metadata', 'exact', 'listed', 'pattern', 'capability', 'size', 'smart', 'default', 'chain'] as const
type Stage = (typeof stages)[number]

export function RuleStages(props: RuleStagesProps) {
  const { pointed, isBare } = props
  useEffect(() => {
    if (pointed !== null) document.getElementById(`rule-${pointed}`)?.scrollIntoView({ block: 'center' })
  }, [pointed])
  const shown = isBare ? stages.filter((stage) => stage === 'listed' || stage === 'default') : stages
  return (
    <ol className="panel stages" aria-label={words.rules}>
      {shown.map((stage, index) => (
        <li key={stage} className="stage">
          <StageHead stage={stage} number={index + 1} {...props} />
          {stage === 'smart' && <SmartLines {...props} />}
          {stage !== 'listed' && stage !== 'default' && stage !== 'smart' && <Lines kind={stage} {...props} />}
        </li>
      ))}
    </ol>
  )
}

function Lines({ kind, view, taken, pointed, onEdit }: RuleStagesProps & { readonly kind: ListedKind }) {
  const rows = rowsOfKind(view, kind)
  if (rows.length === 0) return null
  return (
    <ul className="rule-lines" aria-label={words.stages[kind].name}>
      {rows.map((row, index) => (
        <RuleLine
          key={keyOf(row, rows.slice(0, index))}
          row={row}
          isTaken={taken === `${kind}:${row.name}`}
          isPointed={pointed === `${kind}:${row.name}`}
          onEdit={onEdit}
        />
      ))}
    </ul>
  )
}

/** Rows keep their place on the screen, and the focus, while others come, go and move. Only a list can hold the same rule twice. */
function keyOf({ source, name }: RuleRow, before: readonly RuleRow[]): string {
  return `${source} ${name} ${before.filter((each) => each.source === source && each.name === name).length}`
}

function StageHead({ stage, number, view, taken, pointed }: RuleStagesProps & { readonly stage: Stage; readonly number: number }) {
  const isTaken = taken === stage
  const isEmpty = stage !== 'listed' && stage !== 'default' && stage !== 'smart' && rowsOfKind(view, stage).length === 0
  return (
    <div className={`stage-head ${isTaken ? 'is-taken' : ''} ${pointed === stage ? 'is-pointed' : ''}`} id={`rule-${stage}`}>
      <span className="stage-number" aria-hidden="true">
        {number}
      </span>
      <h3>{words.stages[stage].name}</h3>
      <span className="caption stage-takes">{words.stages[stage].takes}</span>
      <span className="stage-end">
        {isTaken && <Taken />}
        {isEmpty && <span className="quiet-words">{words.none}</span>}
        {stage === 'listed' && <a href={linkTo('models')}>{view.listed_models === 0 ? words.toModels : words.listed(view.listed_models)}</a>}
        {stage === 'default' && <Default view={view} />}
        {stage === 'smart' && view.rules.smart === null && smartProblem(view) === null && view.stored.smart_routing === undefined && (
          <span className="quiet-words">{words.smartOff}</span>
        )}
      </span>
    </div>
  )
}

function Default({ view }: { readonly view: RulesView }) {
  if (view.default === null) return <span className="quiet-words">{words.noDefault}</span>
  const { model, provider, source } = view.default
  return (
    <>
      <span className="medium">{[model, provider].filter((part) => part !== null).join(' @ ')}</span>
      <Source source={source} />
    </>
  )
}

function SmartLines({ view, taken, pointed, onEdit }: RuleStagesProps) {
  const { smart } = view.rules
  const stored = view.stored.smart_routing
  const problem = smartProblem(view)
  if (smart === null && stored === undefined) return null
  const source = smart?.rules[0]?.source ?? 'panel'
  const names = Object.entries(smart?.names ?? {}).map(([word, model]) => words.standsFor(word, model))
  return (
    <div className="smart-lines">
      <div className="smart-head">
        <span className="caption">{smart === null && problem === null ? words.smartOff : names.join(', ')}</span>
        <Source source={source} />
        {stored !== undefined && <SmartActions onEdit={() => onEdit({ kind: 'smart', at: 'smart', name: '', entry: stored })} />}
      </div>
      <Warnings problem={problem} warnings={warningsOf(view, 'smart', '')} />
      <ul className="rule-lines" aria-label={words.stages.smart.name}>
        {(smart?.rules ?? []).map(({ when, use }, index) => {
          const isTaken = taken === `smart:${index}`
          return (
            <li
              key={`${when} ${use}`}
              className={`rule-line smart-line ${isTaken ? 'is-taken' : ''} ${pointed === `smart:${index}` ? 'is-pointed' : ''}`}
              id={`rule-smart:${index}`}
              aria-current={isTaken || undefined}
            >
              <code>{when}</code>
              <span>
                {use}
                {smart?.names[use] !== undefined && <span className="quiet-words"> {smart.names[use]}</span>}
              </span>
              <span className="rule-end">{isTaken && <Taken />}</span>
            </li>
          )
        })}
      </ul>
    </div>
  )
}

function SmartActions({ onEdit }: { readonly onEdit: () => void }) {
  const name = words.stages.smart.name
  const remove = () => void changeRules((rules) => withoutRule(rules, 'smart', null)).then((isDone) => isDone && announce(words.removed(name)))
  return (
    <span className="rule-actions">
      <Button kind="quiet" icon={Pencil} aria-label={words.of(words.edit, name)} onPress={onEdit} />
      <ArmedButton label={words.remove} aria-label={words.of(words.remove, name)} onConfirm={remove} />
    </span>
  )
}
