/** Where in the panel one is: page, the thing on it, and filters, kept in the URL's fragment so that a link, a reload and Back lead there. */
import { useSyncExternalStore } from 'react'

export const pageIds = ['overview', 'models', 'providers', 'routing', 'activity', 'connect', 'logs', 'settings'] as const
export type PageId = (typeof pageIds)[number]

export interface Place {
  readonly page: PageId
  /** What is open on the page: a model's name, a request's id; null = the page itself. */
  readonly item: string | null
  /** Filters and the like. */
  readonly query: Readonly<Record<string, string>>
}

/** `#/activity/req_1?lane=remote`. An unknown page is the Overview. */
export function parsePlace(hash: string): Place {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?')
  const [page = '', ...rest] = path.split('/')
  return {
    page: (pageIds as readonly string[]).includes(page) ? (page as PageId) : 'overview',
    item: rest.length > 0 && rest[0] !== '' ? decode(rest.join('/')) : null,
    query: Object.fromEntries(new URLSearchParams(search)),
  }
}

/** The link to a place: for `href` and `go`. */
export function linkTo(page: PageId, item: string | null = null, query: Readonly<Record<string, string>> = {}): string {
  const search = new URLSearchParams(query).toString()
  return `#/${page}${item === null ? '' : `/${encodeURIComponent(item)}`}${search === '' ? '' : `?${search}`}`
}

/** Goes to a place made by `linkTo`; `replace` leaves no step for Back. */
export function go(link: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  if (!replace) {
    location.hash = link
    return
  }
  history.replaceState(null, '', link)
  dispatchEvent(new HashChangeEvent('hashchange'))
}

let known = { hash: '', place: parsePlace('') }

/** The place shown, kept up to date. */
export function currentPlace(): Place {
  if (known.hash !== location.hash) known = { hash: location.hash, place: parsePlace(location.hash) }
  return known.place
}

export function usePlace(): Place {
  return useSyncExternalStore(follow, currentPlace)
}

function follow(onChange: () => void): () => void {
  addEventListener('hashchange', onChange)
  return () => removeEventListener('hashchange', onChange)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
