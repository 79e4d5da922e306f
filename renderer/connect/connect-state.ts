/** What the page Connect knows: tools with their snippets, keys, and keys that were just made, which live in memory until the page is reloaded. */
import { useEffect } from 'react'
import { create } from 'zustand'
import {
  type ConnectView,
  changeKey,
  fetchConnect,
  fetchKeys,
  type IssuedKey,
  issueKey,
  type KeySplit,
  type KeyView,
  revokeKey,
} from '../api/keys.ts'
import type { AdminEvent } from '../api/types.ts'
import { useAdminEvents } from '../state/admin-events.ts'
import { announce, usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { failureWords } from '../words/failure-words.ts'

interface ConnectState {
  readonly view: ConnectView | null
  readonly keys: readonly KeyView[] | null
  readonly problem: string | null
  /** The model of the snippets. */
  readonly model: string | null
  /** By the key's name: the newest that was made here. */
  readonly issued: Readonly<Record<string, IssuedKey>>
}

export const useConnectState = create<ConnectState>()(() => ({ view: null, keys: null, problem: null, model: null, issued: {} }))

const gatherMs = 400
let timer: ReturnType<typeof setTimeout> | undefined

export async function loadConnect(): Promise<void> {
  try {
    const [view, keys] = await Promise.all([fetchConnect(useConnectState.getState().model), fetchKeys()])
    const revoked = new Set(keys.flatMap(({ id, revoked_at }) => (revoked_at === null ? [] : [id])))
    useConnectState.setState(({ issued }) => ({ view, keys, problem: null, issued: without(issued, revoked) }))
  } catch (error) {
    useConnectState.setState({ problem: failureWords(error) })
  }
}

/** A key that was revoked, wherever, stands in no snippet. One that is in no list yet was made just now. */
const without = (issued: ConnectState['issued'], revoked: ReadonlySet<string>): ConnectState['issued'] =>
  Object.fromEntries(Object.entries(issued).filter(([, { id }]) => !revoked.has(id)))

/** Loads on mount and follows what happens while the page is shown. */
export function useConnect(): ConnectState {
  const connection = usePanel((state) => state.connection)
  useEffect(() => {
    if (connection === 'live') void loadConnect()
  }, [connection])
  useAdminEvents((event: AdminEvent) => {
    if (event.type !== 'request-ended' && event.type !== 'config') return
    clearTimeout(timer)
    timer = setTimeout(() => void loadConnect(), gatherMs)
  })
  return useConnectState()
}

export function chooseModel(model: string): void {
  useConnectState.setState({ model })
  void loadConnect()
}

/** Throws the router's refusal. */
export async function makeKey(name: string, split: KeySplit): Promise<IssuedKey> {
  const issued = await issueKey(name, split)
  useConnectState.setState(({ issued: before }) => ({ issued: { ...before, [issued.name]: issued } }))
  announce(strings.connect.keys.created(issued.name))
  await loadConnect()
  return issued
}

export async function editKey(id: string, change: Partial<KeySplit & { name: string }>): Promise<void> {
  const { name } = await changeKey(id, change)
  announce(strings.connect.keys.saved(name))
  await loadConnect()
}

/** Never rejects: a failure is shown above the keys. */
export async function revoke({ id, name }: KeyView): Promise<void> {
  try {
    await revokeKey(id)
    announce(strings.connect.keys.revoked(name))
  } catch (error) {
    useConnectState.setState({ problem: failureWords(error) })
    return
  }
  await loadConnect()
}
