/** Takes credentials out of text that is kept or handed on: by the shapes that keys have, and by the names that they stand under. Pure. */

export const mask = '[masked]'

/** Headers and fields that hold a credential, whatever it looks like. `max_tokens` and its like are counts. */
const secretNames =
  /^(?:proxy-)?authorization$|cookie|api[-_]?key|(?:^|[-_])(?:auth|access|refresh|id|session|bearer|admin|secret)?[-_]?token$|secret|passw(?:or)?d|passphrase|signature|credential|private[-_]?key/i

export const isSecretName = (name: string): boolean => secretNames.test(name)

type Shape = readonly [shape: RegExp, by: string]

/** A key begins where no word goes on, so that `task-…` is none; behind a hyphen it has a digit. None reaches over a quote: JSON stays JSON. */
const shapes: readonly Shape[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^"]*?(?:-----END [A-Z ]*PRIVATE KEY-----|(?=")|$)/g, mask],
  // Keys of providers, our own, the panel's tokens
  [/(?:(?<![\w-])|(?<=-)(?=[\w-]*\d))(?:(?:sk|pk|rk)[-_]|(?:hg|panel|xai|pplx|nvapi|csk|xox[abeoprs])-|(?:gsk|hf|r8|fw|tgp)_)[\w-]{8,}/g, mask],
  [/(?<!\w)(?:gh[opsur]_|github_pat_|glpat-|npm_|dop_v1_|ya29\.)[\w-]{10,}/g, mask],
  [/(?<!\w)AIza[\w-]{20,}/g, mask],
  [/(?<!\w)(?:AKIA|ASIA)[A-Z0-9]{12,}/g, mask],
  [/(?<!\w)eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, mask],
  [/(\bBearer\s+)(?=[^\s"]*\d)[\w.~+/=-]{6,}/gi, `$1${mask}`],
  [/(\bBasic\s+)(?=[^\s"]*[\d=])[\w+/=]{8,}/g, `$1${mask}`],
  [/(:\/\/)[^\s/@:"]+:[^\s/@"]+@/g, `$1${mask}@`],
]

/** `name=value` and `"name": "value"`, as in queries, environments and JSON. */
const secretWords = '[\\w-]*(?:api[-_]?key|access[-_]?token|auth[-_]?token|refresh[-_]?token|admin[-_]?token|secret|password|passwd)'
const named: readonly Shape[] = [
  [new RegExp(`(${secretWords}\\\\*["']?\\s*[=:]\\s*\\\\*")[^"\\\\]+`, 'gi'), `$1${mask}`],
  [new RegExp(`(${secretWords}\\s*[=:]\\s*)[^\\s"'\\\\,;&}]{4,}`, 'gi'), `$1${mask}`],
]

const masked = (text: string, by: readonly Shape[]): string => by.reduce((rest, [shape, to]) => rest.replace(shape, to), text)

/** The text with every credential that is known by its shape masked. What merely stands beside a telling word stays: a prompt may talk of passwords. */
export const redactText = (text: string): string => masked(text, shapes)

/** What is masked by shape, and whatever follows a telling name: for texts that leave this machine. */
export const redactStrictly = (text: string): string => masked(masked(text, shapes), named)

/** Request headers as they may be kept: names stay, credentials are masked. */
export function redactHeaders(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, isSecretName(name) ? mask : redactText(String(value))]))
}

/** Any JSON value, strictly: texts by shape and name, members by name. Known secrets and places are taken out by `hide`, before. */
export function redactValue(value: unknown, hide: (text: string) => string = (text) => text): unknown {
  if (typeof value === 'string') return redactStrictly(hide(value))
  if (Array.isArray(value)) return value.map((item) => redactValue(item, hide))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      redactStrictly(hide(name)),
      isSecretName(name) && typeof member === 'string' && member !== '' ? mask : redactValue(member, hide),
    ]),
  )
}
