/** `headgate://` links: data for the panel, never a command, path, flag or address (security page, e67). Anything that is not exactly one of the two forms is nothing. */

/** Where a link leads in the panel, as a fragment of its address. */
export type LinkTarget = string

const pages: ReadonlySet<string> = new Set(['overview', 'models', 'providers', 'routing', 'activity', 'connect', 'logs', 'settings'])
/** A repository of the model hub: `owner/name`. */
const repository = /^[A-Za-z0-9][\w.-]{0,95}\/[A-Za-z0-9][\w.-]{0,95}$/
const quantisation = /^[A-Za-z0-9][A-Za-z0-9_]{0,31}$/
const LONGEST = 500

/** `#/models?get=owner%2Fname&quant=Q4_K_M`, `#/activity`, or null. Nothing is downloaded before a person confirms it there. */
export function parseLink(text: string): LinkTarget | null {
  if (text.length > LONGEST || !/^headgate:\/\/(install|open)\/?\?[\x21-\x7e]*$/.test(text)) return null
  const url = URL.parse(text)
  if (url === null || url.hash !== '' || url.username !== '' || url.port !== '') return null
  const values = onlyOnce(url.searchParams)
  if (values === null) return null
  if (url.hostname === 'open') {
    const { view = '', ...rest } = values
    return pages.has(view) && Object.keys(rest).length === 0 ? `#/${view}` : null
  }
  const { repo = '', quant, ...rest } = values
  if (Object.keys(rest).length > 0 || !repository.test(repo) || repo.includes('..')) return null
  if (quant !== undefined && !quantisation.test(quant)) return null
  return `#/models?${new URLSearchParams({ get: repo, ...(quant === undefined ? {} : { quant }) })}`
}

/** The link among the arguments of a second start (Linux; on macOS links come as events). */
export function linkIn(argv: readonly string[]): string | null {
  return argv.find((argument) => argument.startsWith('headgate://')) ?? null
}

function onlyOnce(parameters: URLSearchParams): Record<string, string | undefined> | null {
  const values: Record<string, string | undefined> = Object.create(null)
  for (const [name, value] of parameters) {
    if (name in values) return null
    values[name] = value
  }
  return values
}
