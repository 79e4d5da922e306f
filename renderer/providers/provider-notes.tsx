/** What stands below a provider's row: each thing that is wrong or worth knowing, in words, with the one thing to do. Nothing where all is well. */
import { Info, OctagonX, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import type { ProviderView } from '../api/providers.ts'
import { Button } from '../parts/button.tsx'
import { useNow } from '../parts/relative-time.tsx'
import { go, linkTo } from '../state/place.ts'
import { strings } from '../strings/index.ts'
import { change, useProvidersState } from './providers-state.ts'

const words = strings.providers

export function ProviderNotes({ provider }: { provider: ProviderView }) {
  const { name, key, key_source, unset_key, has_key, is_off, disabled, state, deployments } = provider
  const said = useProvidersState((current) => current.said[name])
  const pasteKey = (label: string) => <Button onPress={() => go(linkTo('providers', name, { key: '' }))}>{label}</Button>
  const canReplace = provider.editable || key_source === 'panel'
  return (
    <>
      {said && <Note tone={said.isProblem ? 'error' : 'info'}>{said.words}</Note>}
      {is_off ? (
        <Note
          tone="info"
          action={<Button onPress={() => void change(name, { disabled: false }, words.switchedOn(name))}>{words.notes.switchOn}</Button>}
          isActionShown={provider.editable || disabled === words.offInPanel}
        >
          {words.notes.off(disabled ?? '')}
        </Note>
      ) : unset_key !== null && !has_key ? (
        <Note tone="warn" action={pasteKey(words.notes.pasteKey)}>
          {words.notes.unset(unset_key)}
        </Note>
      ) : disabled !== null ? (
        <Note tone="warn">{words.notes.off(disabled)}</Note>
      ) : key.state === 'rejected' || key.state === 'no-credit' ? (
        <Note tone="error" action={pasteKey(words.notes.replaceKey)} isActionShown={key.state === 'rejected' && canReplace}>
          <b>{key.state === 'rejected' ? words.notes.rejected(name, key.since) : words.notes.noCredit(name, key.since)}</b> {key.message}
        </Note>
      ) : state === 'out' || state === 'on-trial' || state === 'limited' || state === 'ramping' ? (
        <StateNote provider={provider} />
      ) : (
        deployments.length === 0 && (
          <Note tone="info" action={<Button onPress={() => go(linkTo('models', null, { add: '1' }))}>{words.notes.addModel}</Button>}>
            {words.notes.unused}
          </Note>
        )
      )}
    </>
  )
}

/** Waits are counted down here: the router tells them once. */
function StateNote({ provider: { state, detail, next_look_ms, deployments } }: { provider: ProviderView }) {
  const loadedAt = useProvidersState(({ loadedAt: at }) => at)
  const now = useNow()
  const left = next_look_ms === null ? null : next_look_ms - Math.max(0, now - loadedAt)
  const next = left === null || left <= 0 ? null : left
  const affected = deployments.filter((deployment) => deployment.state === state)
  const which = affected.length < deployments.length ? affected.map(({ model }) => model).join(', ') : null
  const said = state === 'limited' ? words.notes.limited(next) : words.notes.out(detail, state === 'out' ? next : null)
  return (
    <Note tone={state === 'out' ? 'error' : 'warn'}>
      {which !== null && <b>{which}: </b>}
      {said}
    </Note>
  )
}

const icons = { error: OctagonX, warn: TriangleAlert, info: Info }

interface NoteProps {
  readonly tone: keyof typeof icons
  readonly children: ReactNode
  readonly action?: ReactNode
  readonly isActionShown?: boolean
}

export function Note({ tone, children, action, isActionShown = true }: NoteProps) {
  const Icon = icons[tone]
  return (
    <div className={`provider-note ${tone}`}>
      <Icon className="icon" size={14} strokeWidth={1.75} aria-hidden />
      <span>{children}</span>
      {isActionShown && action}
    </div>
  )
}
