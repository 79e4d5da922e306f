/** Shares of the models: which follow the split and which have their own, changed in place; more about each on its own page. */
import { ChevronDown, Link, Lock, RotateCcw, Unlink } from 'lucide-react'
import { useState } from 'react'
import { Button } from 'react-aria-components/Button'
import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu'
import { Popover } from 'react-aria-components/Popover'
import { resetModelShare } from '../api/models.ts'
import { putModelShare } from '../api/split.ts'
import type { Lane, Overview } from '../api/types.ts'
import { at, Wedge } from '../split/gate.tsx'
import { refreshSoon } from '../state/connection.ts'
import { linkTo } from '../state/place.ts'
import { percentOf } from '../state/presets.ts'
import { announce, showToast, usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'

const words = strings.modelShares
const shownAtFirst = 6
const steps = [0, 25, 50, 75, 100]

type ModelShare = Overview['models'][number]

export function ModelShares() {
  const models = usePanel((state) => state.overview?.models)
  const [isWhole, setWhole] = useState(false)
  if (!models || models.length === 0) return null
  // Those with a choice first, those with a share of their own before all.
  const rank = (model: ModelShare) => (model.own_remote_share !== null ? 0 : onlyLaneOf(model) === null ? 1 : 2)
  const sorted = models.toSorted((one, other) => rank(one) - rank(other))
  const rest = sorted.length - shownAtFirst
  return (
    <section className="model-shares" aria-labelledby="shares-title">
      <div className="head">
        <h2 id="shares-title">{words.title}</h2>
        <span className="caption">{words.caption}</span>
        <a className="text-link caption push" href={linkTo('models')}>
          {words.open}
        </a>
      </div>
      <ul aria-label={words.label}>
        {(isWhole ? sorted : sorted.slice(0, shownAtFirst)).map((model) => (
          <Row key={model.name} model={model} />
        ))}
      </ul>
      {rest > 0 && (
        <Button className="button quiet more" onPress={() => setWhole(!isWhole)}>
          {isWhole ? words.showFewer : words.showAll(rest)}
        </Button>
      )}
    </section>
  )
}

function Row({ model }: { readonly model: ModelShare }) {
  const { name, own_remote_share: own } = model
  const lock = usePanel((state) => state.split?.lock ?? null) ?? model.lock
  const only = onlyLaneOf(model)
  const one = lock ?? only
  const shown = one === null ? percentOf(model.remote_share) : one === 'local' ? 0 : 100
  return (
    <li>
      <a className="medium clip" href={linkTo('models', name)}>
        {name}
      </a>
      <span className={`mini ${one === null ? '' : 'is-locked'}`} style={at(shown)} aria-hidden="true">
        <Wedge only={one} strokeWidth={1.25} />
      </span>
      {model.lanes.local + model.lanes.remote === 0 ? (
        <span className="quiet-words">{words.nowhere}</span>
      ) : only !== null ? (
        <Fixed text={words.only[only]} />
      ) : lock !== null ? (
        <Fixed text={words.locked[lock]} />
      ) : (
        <ShareMenu model={model} text={own === null ? followWords(model, shown) : words.own(shown)} />
      )}
    </li>
  )
}

function Fixed({ text }: { readonly text: string }) {
  return (
    <span className="share-words">
      <Lock className="icon" size={12} strokeWidth={2} aria-hidden />
      {text}
    </span>
  )
}

function ShareMenu({ model, text }: { readonly model: ModelShare; readonly text: string }) {
  const { name, own_remote_share: own, base } = model
  const Icon = own === null ? Link : Unlink
  return (
    <MenuTrigger>
      <Button className="button quiet share-words" aria-label={`${words.change(name)}: ${text}`}>
        <Icon className="icon" size={12} strokeWidth={2} aria-hidden />
        {text}
        <ChevronDown className="icon" size={12} strokeWidth={2} aria-hidden />
      </Button>
      <Popover className="popover" placement="bottom end" offset={4}>
        <Menu
          className="menu"
          aria-label={words.change(name)}
          selectionMode="single"
          selectedKeys={[own === null ? 'follow' : String(percentOf(own))]}
          onAction={(id) => void change(model, id === 'reset' ? undefined : id === 'follow' ? null : Number(id))}
        >
          <MenuItem id="follow" className="menu-item">
            <span className="menu-mark" aria-hidden="true" />
            {words.follow}
          </MenuItem>
          {steps.map((step) => (
            <MenuItem key={step} id={String(step)} className="menu-item">
              <span className="menu-mark" aria-hidden="true" />
              {words.percentRemote(step)}
            </MenuItem>
          ))}
          {model.is_share_set_here && /\.ya?ml(:\d+)?$/.test(base.source) && (
            <MenuItem id="reset" className="menu-item">
              <RotateCcw className="icon menu-icon" size={13} strokeWidth={1.75} aria-hidden />
              {words.reset(base.source.replace(/:\d+$/, ''))}
            </MenuItem>
          )}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}

/** Percent, null = follow, undefined = as the files say. */
async function change(model: ModelShare, value: number | null | undefined, { quiet = false } = {}): Promise<void> {
  const { name, own_remote_share: own, is_share_set_here: isSetHere } = model
  try {
    await (value === undefined ? resetModelShare(name) : putModelShare(name, value === null ? null : value / 100))
    usePanel.setState({ problem: null })
    const after = value === undefined ? (model.base.own_remote_share === null ? null : percentOf(model.base.own_remote_share)) : value
    announce(words.announced(name, after))
    if (!quiet)
      showToast(words.changed(name, after), () => void change(model, isSetHere ? (own === null ? null : percentOf(own)) : undefined, { quiet: true }))
    refreshSoon()
  } catch (error) {
    usePanel.setState({ problem: strings.split.notChanged(error instanceof Error ? error.message : strings.connection.noAnswer) })
  }
}

const followWords = (model: ModelShare, shown: number): string =>
  model.share_source === 'weights' ? words.followsWeights(shown) : words.follows(shown)

function onlyLaneOf({ lanes }: ModelShare): Lane | null {
  if (lanes.local > 0 === lanes.remote > 0) return null
  return lanes.local > 0 ? 'local' : 'remote'
}
