/** What can be done with one request: send it again on a lane, copy it as a command, set it beside another. */
import { Check, Copy, MessagesSquare, Play, Server } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu'
import { Popover } from 'react-aria-components/Popover'
import type { Lane, RequestDetail } from '../api/types.ts'
import { Button } from '../parts/button.tsx'
import { type MenuAction, MenuButton } from '../parts/menu-button.tsx'
import { go, linkTo } from '../state/place.ts'
import { announce, usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { baseUrl } from '../words/base-url.ts'
import { clockTime } from '../words/figures.ts'
import { curlOf } from './curl-of.ts'
import { canRepeat, repeat, setOther, useRepeats } from './repeat-state.ts'

const words = strings.inspector
const copiedForMs = 1600
const comparable = 8

export function InspectorActions({ detail }: { readonly detail: RequestDetail }) {
  const { id, recording, duration_ms } = detail
  const isRunning = useRepeats((state) => state.repeats[id]?.state === 'running')
  const url = usePanel((state) => state.overview?.url) ?? location.origin
  const [isCopied, setCopied] = useState(false)
  const isRepeatable = canRepeat(detail)
  const why = duration_ms === null ? null : recording == null ? words.notRepeatable : recording.cut.body ? words.bodyTooLong : null
  const copyCurl = () =>
    navigator.clipboard.writeText(curlOf(detail, baseUrl(url))).then(
      () => {
        setCopied(true)
        announce(strings.shell.copied)
      },
      () => undefined,
    )

  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setCopied(false), copiedForMs)
    return () => clearTimeout(timer)
  }, [isCopied])
  useEffect(() => {
    const copyOnKey = (event: KeyboardEvent) => {
      if (!event.shiftKey || !(event.metaKey || event.ctrlKey) || event.altKey || event.key.toUpperCase() !== 'C') return
      event.preventDefault()
      void copyCurl()
    }
    addEventListener('keydown', copyOnKey)
    return () => removeEventListener('keydown', copyOnKey)
  })

  const repeatOn = (lane: Lane) => (
    <Button icon={Play} isDisabled={!isRepeatable || isRunning} onPress={() => void repeat(id, lane)}>
      {words.repeatOn[lane]}
    </Button>
  )
  const first: Lane = detail.lane === 'local' ? 'remote' : 'local'
  return (
    <div className="inspector-actions">
      {repeatOn(first)}
      {repeatOn(first === 'local' ? 'remote' : 'local')}
      <Button kind="quiet" icon={isCopied ? Check : Copy} aria-label={words.copyCurl} onPress={() => void copyCurl()}>
        {isCopied ? strings.shell.copied : words.curl}
      </Button>
      <CompareMenu detail={detail} />
      <MoreMenu detail={detail} />
      {why !== null && <p className="caption">{why}</p>}
    </div>
  )
}

function CompareMenu({ detail }: { readonly detail: RequestDetail }) {
  const requests = usePanel((state) => state.requests)
  const others = requests.filter((row) => row.id !== detail.id && row.duration_ms !== null && row.model === detail.model).slice(0, comparable)
  return (
    <MenuTrigger>
      <Button kind="quiet" aria-label={words.compareWith} isDisabled={others.length === 0}>
        {words.compare}
      </Button>
      <Popover className="popover" placement="bottom end" offset={4}>
        <Menu className="menu" aria-label={words.compareWith} onAction={(other) => setOther(detail.id, String(other))}>
          {others.map((row) => (
            <MenuItem key={row.id} id={row.id} className="menu-item" textValue={row.tool}>
              <span className="menu-words">
                <span>
                  {clockTime(row.at, Date.now())}, {row.tool}
                </span>
                <small>{row.deployment ?? row.model}</small>
              </span>
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}

function MoreMenu({ detail }: { readonly detail: RequestDetail }) {
  const { id, session, deployment } = detail
  const items: MenuAction[] = [
    { id: 'copy', label: words.copyId, icon: Copy },
    ...(session == null ? [] : [{ id: 'session', label: words.showConversation, icon: MessagesSquare }]),
    ...(deployment === null ? [] : [{ id: 'deployment', label: words.showDeployment, icon: Server }]),
  ]
  const run = (action: string) => {
    if (action === 'copy')
      void navigator.clipboard.writeText(id).then(
        () => announce(strings.shell.copied),
        () => undefined,
      )
    else go(linkTo('activity', id, action === 'session' ? { session: session ?? '' } : { deployment: deployment ?? '' }))
  }
  return <MenuButton label={words.more} items={items} onAction={run} />
}
