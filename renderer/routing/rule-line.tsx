/** One rule as a row: what it takes, where it sends, what follows, who set it, and what the router says about it. */
import { ArrowDown, ArrowRight, ArrowUp, Check, Copy, Lock, OctagonX, Pencil, TriangleAlert } from 'lucide-react'
import type { ChainView, RuleView } from '../api/rules.ts'
import { ArmedButton } from '../parts/armed-button.tsx'
import { Button } from '../parts/button.tsx'
import { LaneIcon } from '../parts/lane-name.tsx'
import { announce, usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { changeRules } from './routing-state.ts'
import { entryOfView } from './rule-draft.ts'
import { type Editing, movedRule, withoutRule } from './rule-edits.ts'
import type { RuleRow } from './rule-rows.ts'

const words = strings.routing

export interface RuleLineProps {
  readonly row: RuleRow
  readonly isTaken: boolean
  readonly isPointed: boolean
  readonly onEdit: (editing: Editing) => void
}

export function RuleLine({ row, isTaken, isPointed, onEdit }: RuleLineProps) {
  const { kind, name, rule, chain, condition, source, problem, warnings } = row
  return (
    <li
      className={`rule-line ${isTaken ? 'is-taken' : ''} ${isPointed ? 'is-pointed' : ''} ${problem === null ? '' : 'is-broken'}`}
      id={`rule-${kind}:${name}`}
      aria-current={isTaken || undefined}
    >
      <div className="rule-takes">
        <span className={kind === 'metadata' || kind === 'chain' ? 'medium' : 'medium mono'}>{name}</span>
        {condition !== null && <code>{condition}</code>}
        {isTaken && <Taken />}
      </div>
      <div className="rule-sends">
        {rule && <Sends rule={rule} />}
        {rule === null && chain && <Links chain={chain} />}
        {rule && <Follows chain={rule.chain} />}
        {rule === null && chain && <Retries chain={chain} />}
      </div>
      <div className="rule-end">
        <Source source={source} />
        <Actions row={row} onEdit={onEdit} />
      </div>
      <Warnings problem={problem} warnings={warnings} />
    </li>
  )
}

export function Taken() {
  return (
    <span className="badge ok">
      <Check className="icon" size={12} strokeWidth={2.25} aria-hidden />
      {words.takesThis}
    </span>
  )
}

export function Source({ source }: { readonly source: string }) {
  if (source === 'panel') return <span className="rule-source">{words.panel}</span>
  return (
    <span className="rule-source">
      <Lock className="icon" size={11} strokeWidth={2} aria-hidden />
      {words.setBy(source)}
    </span>
  )
}

export function Warnings({ problem, warnings }: { readonly problem: string | null; readonly warnings: readonly string[] }) {
  return (
    <>
      {problem !== null && (
        <p className="rule-note error">
          <OctagonX className="icon" size={13} strokeWidth={2} aria-hidden />
          {words.notUsed(problem)}
        </p>
      )}
      {warnings.map((warning) => (
        <p className="rule-note warn" key={warning}>
          <TriangleAlert className="icon" size={13} strokeWidth={2} aria-hidden />
          {warning}
        </p>
      ))}
    </>
  )
}

function Sends({ rule }: { readonly rule: RuleView }) {
  const minima = [
    rule.min_model_size === null ? null : words.atLeastSize(rule.min_model_size),
    rule.min_context === null ? null : words.atLeastContext(rule.min_context),
    rule.strategy === null ? null : words.by(rule.strategy),
  ].filter((part) => part !== null)
  const models = rule.template ?? (rule.models.length === 0 ? null : rule.models.join(', '))
  return (
    <div className="rule-target">
      <ArrowRight className="icon" size={13} strokeWidth={1.75} aria-hidden />
      <span>
        {models === null ? <span className="quiet-words">{words.asIs}</span> : <span className="medium">{models}</span>}
        <span className="quiet-words"> @ </span>
        {rule.providers.length === 0 && <span className="quiet-words">{words.anywhere}</span>}
        {rule.providers.map((provider, index) => (
          <span key={provider}>
            {index > 0 && ', '}
            <Provider name={provider} />
          </span>
        ))}
        {minima.length > 0 && <span className="quiet-words">, {minima.join(', ')}</span>}
      </span>
    </div>
  )
}

/** With the glyph of its lane, where all of it is in one. */
function Provider({ name }: { readonly name: string }) {
  const lanes = usePanel(({ overview }) => {
    const all = new Set((overview?.deployments ?? []).flatMap(({ provider, lane }) => (provider === name ? [lane] : [])))
    return [...all].join(' ')
  })
  return (
    <span className="medium rule-provider">
      {(lanes === 'local' || lanes === 'remote') && <LaneIcon lane={lanes} label={lanes} size={12} />}
      {name}
    </span>
  )
}

function Follows({ chain }: { readonly chain: ChainView | null }) {
  if (chain === null) return <div className="rule-follows">{words.nothingFollows}</div>
  const isPlain = chain.links.length === 1 && chain.links[0]?.provider === chain.name
  return (
    <div className="rule-follows">
      {words.followedBy} <Links chain={chain} isInline />
      {!isPlain && `, ${words.byChain(chain.name)}`}
    </div>
  )
}

function Links({ chain, isInline = false }: { readonly chain: ChainView; readonly isInline?: boolean }) {
  const links = chain.links.map(({ provider, model, condition }, index) => (
    // The same place may stand in a chain twice.
    <span key={`${provider} ${model ?? ''} ${index}`}>
      {index > 0 && ', '}
      <span className={isInline ? '' : 'medium'}>{model === null ? provider : `${model} @ ${provider}`}</span>
      {condition !== null && (
        <>
          {' '}
          <span className="quiet-words">{words.when('')}</span>
          <code>{condition}</code>
        </>
      )}
    </span>
  ))
  return isInline ? (
    links
  ) : (
    <div className="rule-target">
      {<ArrowRight className="icon" size={13} strokeWidth={1.75} aria-hidden />}
      <span>{links}</span>
    </div>
  )
}

function Retries({ chain: { attempts, delay_ms } }: { readonly chain: ChainView }) {
  const parts = [attempts === null ? null : words.attempts(attempts), delay_ms === null ? null : words.pause(delay_ms)].filter(
    (part) => part !== null,
  )
  return parts.length === 0 ? null : <div className="rule-follows">{parts.join(', ')}</div>
}

/** Where the order says which rule is asked first. */
const isOrdered = (kind: RuleRow['kind']): boolean => kind === 'pattern' || kind === 'size' || kind === 'metadata'

function Actions({ row, onEdit }: { readonly row: RuleRow; readonly onEdit: (editing: Editing) => void }) {
  const { kind, name, stored } = row
  if (stored === null)
    return (
      <Button
        kind="quiet"
        icon={Copy}
        className="rule-copy"
        aria-label={words.of(words.copyToEdit, name)}
        onPress={() => onEdit({ kind, at: null, name, entry: entryOfView(row) })}
      >
        {words.copyToEdit}
      </Button>
    )
  const { at, entry, isFirst, isLast } = stored
  const move = (step: 1 | -1) => void changeRules((rules) => movedRule(rules, kind, at, step))
  const remove = () => void changeRules((rules) => withoutRule(rules, kind, at)).then((isDone) => isDone && announce(words.removed(name)))
  return (
    <span className="rule-actions">
      {isOrdered(kind) && !(isFirst && isLast) && (
        <>
          <Button kind="quiet" icon={ArrowUp} aria-label={words.of(words.up, name)} isDisabled={isFirst} onPress={() => move(-1)} />
          <Button kind="quiet" icon={ArrowDown} aria-label={words.of(words.down, name)} isDisabled={isLast} onPress={() => move(1)} />
        </>
      )}
      <Button kind="quiet" icon={Pencil} aria-label={words.of(words.edit, name)} onPress={() => onEdit({ kind, at, name, entry })} />
      <ArmedButton label={words.remove} aria-label={words.of(words.remove, name)} onConfirm={remove} />
    </span>
  )
}
