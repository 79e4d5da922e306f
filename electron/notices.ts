/** Which facts are worth a notification: standing trouble and finished downloads, each once, never a request or a single fallback. Pure: time, focus and settings come in. */
import type { NoticeKind } from '../router/core/desktop.ts'
import type { RouterEvent } from '../router/core/events.ts'

export interface Notice {
  /** Null = one that cannot be switched off. */
  readonly kind: NoticeKind | null
  readonly title: string
  readonly body: string
  /** Where a click leads. */
  readonly place: string
}

export interface NoticeParts {
  /** Monotonic, ms. */
  readonly now: () => number
  readonly lock: () => 'local' | 'remote' | null
  /** As the operating system sees it. */
  readonly isOnline: () => boolean
  readonly show: (notice: Notice) => void
}

const OTHER_LANE_MS = 5 * 60_000
/** The lane that was drawn could not answer: why the other one did. */
const notAsDrawn: ReadonlySet<string> = new Set(['out', 'failed-over', 'limited', 'credential', 'offline'])

/** Reads every event of the router. */
export function createNotices({ now, lock, isOnline, show }: NoticeParts): (event: RouterEvent) => void {
  /** Told, until it is well again. */
  const told = new Set<string>()
  const once = (key: string, notice: Notice) => {
    if (told.has(key)) return
    told.add(key)
    show(notice)
  }
  let otherLane: { readonly lane: 'local' | 'remote'; readonly since: number } | null = null

  return (event) => {
    switch (event.type) {
      case 'attempt-ended': {
        const { provider, outcome, errorKind } = event.attempt
        if (outcome === 'answered') told.delete(`key ${provider}`)
        else if (errorKind === 'bad-credentials')
          once(`key ${provider}`, {
            kind: 'key-rejected',
            title: `${provider} rejected its key`,
            body: 'Its models are left out until the key is replaced.',
            place: '#/providers',
          })
        return
      }
      case 'request-ended': {
        const { reason, lane, status } = event
        if (status < 400 && lane !== null) {
          told.delete('offline')
          const isOther = reason !== null && notAsDrawn.has(reason)
          if (isOther) otherLane ??= { lane, since: now() }
          else if (reason === 'drawn') {
            otherLane = null
            told.delete('other lane')
          }
          if (otherLane && now() - otherLane.since > OTHER_LANE_MS)
            once('other lane', {
              kind: 'other-lane',
              title: otherLane.lane === 'local' ? 'Your Mac answers for the providers' : 'Providers answer for your Mac',
              body: 'The lane that was drawn has not answered for five minutes.',
              place: '#/overview',
            })
        } else if (status >= 500 && lock() === 'remote' && !isOnline())
          once('offline', {
            kind: 'offline',
            title: 'Offline under Remote Only',
            body: 'Requests are refused. Choose Prefer Remote to let this machine answer.',
            place: '#/overview',
          })
        return
      }
      case 'download-progress': {
        const { model, state, detail } = event
        if (state === 'downloading') told.add(`getting ${model}`)
        else if (state === 'ready' && told.delete(`getting ${model}`))
          show({ kind: 'download', title: `${model} is ready`, body: 'It answers from the local lane now.', place: '#/models' })
        else if (state === 'failed' && told.delete(`getting ${model}`))
          show({ kind: 'download', title: `${model} could not be downloaded`, body: detail ?? 'Nothing of it is used.', place: '#/models' })
        return
      }
      case 'guard-changed':
        if (event.guard === 'budget')
          show({
            kind: 'budget',
            title: /used up/.test(event.detail) ? 'A budget is used up' : 'A budget is nearly used up',
            body: `${event.detail.charAt(0).toUpperCase()}${event.detail.slice(1)}.`,
            place: '#/providers',
          })
        return
      case 'engine-state': {
        const { model, state, detail } = event
        if (state === 'ready') {
          told.delete(`engine ${model}`)
          told.delete(`memory ${model}`)
        }
        if (state !== 'failed' || detail === null) return
        if (/stays off/.test(detail))
          once(`engine ${model}`, { kind: 'engine-crashed', title: `${model} is switched off`, body: detail, place: '#/models' })
        else if (/can be spared/.test(detail))
          once(`memory ${model}`, { kind: 'memory', title: `Not enough memory for ${model}`, body: detail, place: '#/models' })
        return
      }
    }
  }
}
