/**
 * HybridInference's deprecated `deployment.example.yaml`. No sample of it is kept anywhere, so this is what it is taken to be: places under
 * `deployments` (a list, or a map by name) or under `local_deployment` and `remote_deployment` as single maps; each with its address (`endpoint`,
 * `base_url` or `url`), its `model` or `models`, `type: local | remote`, `weight`, `api_key`, `kind`; beside them `strategy` or `routing_strategy`
 * and `local_ratio` or `local_fraction`, at the top or below `routing_parameter`; `timeout` and `health_check` as in routing.yaml. Anything else is refused.
 */
import { findProvider } from '../../providers/index.ts'
import { ConfigurationError, hintOf, quote } from '../configuration-error.ts'
import { strategyNamed } from '../strategy-name.ts'
import { type Cursor, entriesOf, isMap, numberOf, textOf, textsOf } from './cursor.ts'
import type { Draft } from './draft.ts'
import { foreignKind } from './foreign-kinds.ts'

const lists = { local_deployment: 'local', remote_deployment: 'remote' } as const

export function isDeploymentExample(root: Readonly<Record<string, unknown>>): boolean {
  return 'deployments' in root || isMap(root['local_deployment']) || isMap(root['remote_deployment'])
}

const topKeys = new Set(
  `deployments local_deployment remote_deployment strategy routing_strategy local_ratio local_fraction routing_parameter timeout health_check
  logging description`.split(/\s+/),
)

export function importDeploymentExample(root: Cursor, draft: Draft): void {
  const entries = entriesOf(root)
  for (const [key, at] of entries) if (!topKeys.has(key)) refuse(at, `${quote(key)} is no key of the old deployment file; ${hintOf([], topKeys)}`)
  for (const [name, place] of placesOf(root.at('deployments'))) importPlace(place, { name, lane: null }, draft)
  for (const [key, lane] of Object.entries(lists)) for (const [name, place] of placesOf(root.at(key))) importPlace(place, { name, lane }, draft)
  importSplit(root, draft)
  for (const key of ['timeout', 'health_check', 'logging']) {
    const at = root.at(key)
    if (at.value === undefined) continue
    draft.set(key, at.value, at)
    draft.mapped(at, `${key} as it stands`)
  }
}

/** A list, a map by name, or one map. */
function placesOf(at: Cursor): [string | null, Cursor][] {
  if (at.value === undefined || at.value === null) return []
  if (Array.isArray(at.value)) return at.value.map((_, index) => [null, at.at(index)])
  if (!isMap(at.value)) refuse(at, 'expected places: a list, or a map by name')
  const isOne = addressKeys.some((key) => isMap(at.value) && key in at.value)
  return isOne ? [[null, at]] : entriesOf(at)
}

const addressKeys = ['endpoint', 'base_url', 'url']
const placeKeys = new Set([...addressKeys, 'name', 'model', 'models', 'type', 'weight', 'api_key', 'kind', 'provider', 'description'])

/** What the place is called, and the lane that it stands under, where it stands that way. */
interface Heading {
  readonly name: string | null
  readonly lane: 'local' | 'remote' | null
}

function importPlace(place: Cursor, { name: key, lane }: Heading, draft: Draft): void {
  if (!isMap(place.value)) refuse(place, 'expected a map with an endpoint and models')
  for (const [key, at] of entriesOf(place)) if (!placeKeys.has(key)) refuse(at, `${quote(key)} is no key of a place; ${hintOf([], placeKeys)}`)
  const [baseUrl = refuse(place, 'a place without endpoint, base_url or url')] = onlyOne(place, addressKeys, draft)
  const models = [...textsOf(place.at('models')), ...textsOf(place.at('model'))]
  if (models.length === 0) refuse(place, 'a place without model or models')
  const type = textOf(place.at('type'))
  if (type !== null && type !== 'local' && type !== 'remote') refuse(place.at('type'), `type is local or remote, not ${quote(type)}`)
  if (lane !== null && type !== null && type !== lane) draft.leftOut(place.at('type'), `type: ${type} does not count in ${lane}_deployment`)
  const [word = null] = onlyOne(place, ['kind', 'provider'], draft)
  const found = word === null ? null : foreignKind(word)
  if (word !== null && (found === null || found === 'stranger')) draft.changed(place, `kind ${word} → openai-compatible`)
  const kind = found === null || found === 'stranger' ? 'openai-compatible' : found.kind
  const wanted = lane ?? type
  const called = textOf(place.at('name')) ?? key
  const usual = kind === 'openai-compatible' ? `${wanted ?? 'imported'}-server` : kind
  const provider = draft.provider(
    { name: called === null ? usual : providerName(called, kind), kind, baseUrl, apiKey: textOf(place.at('api_key')) },
    place,
  )
  if (provider === null) return
  if (called !== null && called !== provider) draft.changed(place, `the place ${quote(called)} → provider ${provider}`)
  const weight = numberOf(place.at('weight'))
  for (const name of models) {
    draft.model(name).deployments.push({ provider, ...(wanted === null ? {} : { lane: wanted }), ...(weight === null ? {} : { weight }) })
    draft.mapped(place, `${name} at ${provider}${wanted === null ? '' : ` (${wanted})`}${weight === null ? '' : `, weight ${weight}`}`)
  }
}

/** Of several keys that mean the same the first one that is written; the others are said. */
function onlyOne(place: Cursor, keys: readonly string[], draft: Draft): string[] {
  const [first, ...others] = keys.filter((key) => textOf(place.at(key)) !== null)
  for (const key of others) draft.leftOut(place.at(key), `${key}: ${first} counts`)
  return first === undefined ? [] : [textOf(place.at(first)) as string]
}

/** A place's name as that of its provider; it never hides a built-in provider of another kind, and is no lane. */
function providerName(called: string, kind: string): string {
  const name = called.replaceAll(/[\p{Cc}\s@/]+/gu, '-')
  const isTaken = name === 'local' || name === 'remote' || (findProvider(name) !== null && name !== kind)
  return isTaken ? `${name}-server` : name
}

const splitWords: ReadonlySet<string> = new Set(['fixed', 'fixed_ratio', 'ratio', 'hybrid', 'weighted_ratio'])

function importSplit(root: Cursor, draft: Draft): void {
  const [at, ...otherWords] = ['strategy', 'routing_strategy'].map((key) => root.at(key)).filter(({ value }) => value !== undefined)
  const [share, ...otherShares] = ['local_ratio', 'local_fraction']
    .flatMap((key) => [root.at(key), root.at('routing_parameter').at(key)])
    .filter(({ value }) => value !== undefined)
  for (const other of [...otherWords, ...otherShares]) draft.leftOut(other, 'the same is said elsewhere in this file already; the first one counts')
  for (const [key, each] of entriesOf(root.at('routing_parameter')))
    if (key !== 'local_ratio' && key !== 'local_fraction') refuse(each, `${quote(key)} is no routing_parameter of the old deployment file`)
  const word = at ? (textOf(at) ?? '') : null
  if (at && word !== null && !splitWords.has(word.replaceAll('-', '_'))) {
    const strategy = strategyNamed(word) ?? refuse(at, `unknown strategy ${quote(word)}`)
    draft.set('strategy', strategy, at)
    draft.mapped(at, `strategy ${word} → ${strategy}`)
  } else if (at && share) draft.mapped(at, `strategy ${word} → split`)
  else if (at) draft.leftOut(at, `strategy ${word}: it sets nothing without local_ratio or local_fraction`)
  if (!share) return
  const written = numberOf(share)
  if (written === null || written > 100) refuse(share, 'expected a share between 0 and 1, or a percentage')
  const local = written > 1 ? written / 100 : written
  const remoteShare = Math.round((1 - local) * 1e12) / 1e12
  draft.set('split', { remote_share: remoteShare, unit: 'request', selection: 'random' }, share)
  draft.changed(
    share,
    `${written} local → split.remote_share ${remoteShare} of single requests, at random; unit: session keeps conversations together`,
  )
}

function refuse({ file, line }: Cursor, sentence: string): never {
  throw new ConfigurationError(file, line, sentence)
}
