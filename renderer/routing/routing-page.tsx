/** The page Routing: where a request would go, and the rules that say so, in the order in which they are asked. */
import { OctagonX, Plus } from 'lucide-react'
import { useState } from 'react'
import type { RulesView } from '../api/rules.ts'
import { useModels } from '../models/models-state.ts'
import { EmptyState } from '../parts/empty-state.tsx'
import { LoadingBars } from '../parts/loading-bars.tsx'
import { MenuButton } from '../parts/menu-button.tsx'
import { PageError } from '../parts/page-error.tsx'
import { PageFact } from '../parts/page-toolbar.tsx'
import { go, linkTo, usePlace } from '../state/place.ts'
import { strings } from '../strings/index.ts'
import { DryRun } from './dry-run.tsx'
import { useDryRun } from './dry-run-state.ts'
import { loadRules, useRouting } from './routing-state.ts'
import { RuleDialog } from './rule-dialog.tsx'
import type { Editing, RuleKind } from './rule-edits.ts'
import { countRules, rowOfRoute } from './rule-rows.ts'
import { RuleStages } from './rule-stages.tsx'

const words = strings.routing
const kinds = ['pattern', 'exact', 'metadata', 'capability', 'size', 'chain', 'smart'] as const satisfies readonly RuleKind[]

export function RoutingPage() {
  const { view, problem } = useRouting()
  useModels()
  if (!view) return problem === null ? <LoadingBars /> : <PageError title={words.notLoaded} how={problem} onRetry={() => void loadRules()} />
  return <Rules view={view} />
}

function Rules({ view }: { readonly view: RulesView }) {
  const failure = useRouting().failure
  const plan = useDryRun((state) => state.plan)
  const { item, query } = usePlace()
  const [editing, setEditing] = useState<Editing | null>(null)
  const { all, ofPanel } = countRules(view)
  const added = kinds.find((kind) => kind === query['add'])
  const shown = editing ?? (added ? { kind: added, at: null, name: '', entry: {} } : null)
  const close = () => {
    setEditing(null)
    if (added) go(linkTo('routing'), { replace: true })
  }
  const add = <AddRule view={view} onAdd={(kind) => setEditing(newRule(kind, view))} />
  return (
    <div className="routing-page">
      <PageFact>{words.fact(all, ofPanel)}</PageFact>
      <DryRun view={view} />
      {all === 0 ? (
        <EmptyState title={words.emptyTitle} text={words.emptyText}>
          {add}
        </EmptyState>
      ) : (
        <div className="rules-head">
          <h2 id="rules-title">{words.rules}</h2>
          <span className="caption">{words.order}</span>
          <span className="push">{add}</span>
        </div>
      )}
      {failure !== null && (
        <p className="form-error" role="alert">
          <OctagonX className="icon" size={14} strokeWidth={2} aria-hidden />
          {failure}
        </p>
      )}
      <RuleStages view={view} taken={plan === null ? null : rowOfRoute(plan, view)} pointed={item} onEdit={setEditing} isBare={all === 0} />
      {shown && <RuleDialog key={`${shown.kind} ${shown.at ?? ''} ${shown.name}`} editing={shown} view={view} onClose={close} />}
    </div>
  )
}

const newRule = (kind: RuleKind, view: RulesView): Editing => ({
  kind,
  at: null,
  name: '',
  entry: kind === 'smart' ? (view.stored.smart_routing ?? {}) : {},
})

function AddRule({ view, onAdd }: { readonly view: RulesView; readonly onAdd: (kind: RuleKind) => void }) {
  const items = kinds
    .filter((kind) => kind !== 'smart' || (view.rules.smart === null && view.stored.smart_routing === undefined))
    .map((id) => ({ id, label: words.stages[id].name, hint: words.stages[id].takes }))
  return (
    <MenuButton label={words.add} kind="primary" icon={Plus} items={items} onAction={(id) => onAdd(id as RuleKind)}>
      {words.add}
    </MenuButton>
  )
}
