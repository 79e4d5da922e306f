/** One model as a row: name, local cell, small gate, remote cell, what it can do, price. A press anywhere opens its own page; the name is the link. */
import { Check, Link, Lock, TriangleAlert, Unlink } from 'lucide-react'
import type { MouseEvent } from 'react'
import type { FeatureName, ModelView } from '../api/models.ts'
import type { Lane, SplitView } from '../api/types.ts'
import { MenuButton } from '../parts/menu-button.tsx'
import { at, Wedge } from '../split/gate.tsx'
import { go, linkTo } from '../state/place.ts'
import { strings } from '../strings/index.ts'
import { money } from '../strings/models.ts'
import { canDo, fileOf, gateOf, inLane, isForEmbeddings, isSetByFile, leading } from './lanes.ts'
import { menuOf, runAction } from './model-actions.ts'
import { SideCell } from './side-cell.tsx'

const words = strings.models

export interface ModelRowProps {
  readonly model: ModelView
  readonly split: SplitView | null
  readonly onAddSide: (lane: Lane) => void
}

export function ModelRow({ model, split, onAddSide }: ModelRowProps) {
  const link = linkTo('models', model.name)
  const open = (event: MouseEvent<HTMLElement>) => {
    if (!(event.target instanceof Element) || event.target.closest('a, button, [role="menu"]') !== null) return
    go(link)
  }
  const side = (lane: Lane) => <SideCell model={model} lane={lane} onAdd={() => onAddSide(lane)} />
  return (
    <tr onClick={open}>
      <th scope="row">
        <a className="model-name clip" id={`model-${model.name}`} href={link} title={model.name}>
          {model.name}
        </a>
        <NameNote model={model} />
      </th>
      <td>{side('local')}</td>
      <td className="center">
        <SmallGate model={model} split={split} />
      </td>
      <td>{side('remote')}</td>
      {isForEmbeddings(model) ? (
        <td className="center optional quiet-words small-words" colSpan={3}>
          {words.embeddingsOnly}
        </td>
      ) : (
        (['tools', 'vision', 'json'] as const).map((feature) => (
          <td key={feature} className="center optional">
            <Feature has={canDo(model, feature)} feature={feature} />
          </td>
        ))
      )}
      <td className="right optional figures-cell">
        <PriceWords model={model} />
      </td>
      <td className="menu-cell">
        <MenuButton label={words.menu(model.name)} items={menuOf(model)} onAction={(id) => runAction(id, model)} />
      </td>
    </tr>
  )
}

function NameNote({ model }: { readonly model: ModelView }) {
  const { name, aliases, source, problem } = model
  if (problem !== null)
    return (
      <span className="row-note warn" title={problem}>
        <TriangleAlert className="icon" size={11} strokeWidth={2} aria-hidden />
        <span className="clip">
          {words.notUsed}: {problem}
        </span>
      </span>
    )
  if (name === 'auto') return <span className="row-note clip">{words.autoNote}</span>
  const texts = [aliases.length > 0 ? words.aliases(aliases) : null, isForEmbeddings(model) ? words.embeddings : null].filter((text) => text !== null)
  if (isSetByFile(source))
    return (
      <span className="row-note" title={words.setBy(source)}>
        <Lock className="icon" size={11} strokeWidth={2} aria-hidden />
        <span className="clip">{[words.setBy(fileOf(source)), ...texts].join(', ')}</span>
      </span>
    )
  return texts.length === 0 ? null : (
    <span className="row-note">
      <span className="clip">{texts.join(', ')}</span>
    </span>
  )
}

/** The gate at 1:10, with its place in words below it. */
export function SmallGate({ model, split }: { readonly model: ModelView; readonly split: SplitView | null }) {
  const gate = gateOf(model, split)
  if (model.deployments.length === 0) return <span className="quiet-words">{words.none}</span>
  const { text, Icon } = gateWords(gate)
  return (
    <span className="small-gate">
      <span
        className={`mini ${gate.only === null ? '' : 'is-locked'}`}
        style={at(gate.value)}
        role="img"
        aria-label={words.gate.label(gate.value, text)}
      >
        <Wedge only={gate.only} strokeWidth={1.25} />
      </span>
      <span className="small-gate-words" aria-hidden="true">
        <Icon className="icon" size={11} strokeWidth={2} aria-hidden />
        {text}
      </span>
    </span>
  )
}

function gateWords({ value, only, why, own }: ReturnType<typeof gateOf>) {
  if (only !== null && why === 'embeddings') return { text: words.gate.neverCrosses, Icon: Lock }
  if (only !== null && why === 'lock') return { text: words.gate.locked[only], Icon: Lock }
  if (only !== null) return { text: words.gate.only[only], Icon: Lock }
  return own ? { text: words.gate.own(value), Icon: Unlink } : { text: words.gate.follows, Icon: Link }
}

function Feature({ has, feature }: { readonly has: boolean | null; readonly feature: FeatureName }) {
  const name = words.details.facts.features[feature]
  if (has === true) return <Check className="icon model-feature" size={13} strokeWidth={2} role="img" aria-label={`${name}: ${words.yes}`} />
  return <span className="visually-hidden">{`${name}: ${has === null ? words.notKnown : words.no}`}</span>
}

function PriceWords({ model }: { readonly model: ModelView }) {
  const price = leading(inLane(model, 'remote'))?.price
  if (!price) return <span className="quiet-words">{words.none}</span>
  return (
    <>
      {money(price.input)}
      <span className="quiet-words"> / {money(price.output)}</span>
    </>
  )
}
