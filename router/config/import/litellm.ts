/** A LiteLLM file: `model_list` becomes models and deployments, wildcards become patterns; the settings beside it are read in `litellm-settings.ts`. */
import { parseSize } from '../../policy/model-size.ts'
import { quote } from '../configuration-error.ts'
import { type Cursor, countOf, entriesOf, flagOf, itemsOf, numberOf, textOf } from './cursor.ts'
import type { DeploymentDraft, Draft, LaterSteps } from './draft.ts'
import { foreignKind, usualKey } from './foreign-kinds.ts'
import { litellmSettings } from './litellm-settings.ts'

export const litellmSections: readonly string[] = ['model_list', 'router_settings', 'litellm_settings', 'general_settings', 'environment_variables']

export function importLitellm(root: Cursor, draft: Draft): LaterSteps {
  for (const item of itemsOf(root.at('model_list'))) importModel(item, draft)
  return litellmSettings(root, draft)
}

/** Keys that are read; any other one is left out by name. */
const readParams = new Set(
  'model api_base base_url api_key timeout stream_timeout weight order max_parallel_requests input_cost_per_token output_cost_per_token'.split(' '),
)
const readInfo = new Set(
  `max_input_tokens max_tokens input_cost_per_token output_cost_per_token cache_read_input_token_cost mode supports_function_calling supports_vision
  supports_response_schema supports_reasoning id description size metadata`.split(/\s+/),
)
const limits: ReadonlySet<string> = new Set(['rpm', 'tpm', 'max_budget', 'budget_duration'])

function importModel(item: Cursor, draft: Draft): void {
  const params = item.at('litellm_params')
  const name = textOf(item.at('model_name'))
  const upstream = textOf(params.at('model'))
  if (name === null || upstream === null) {
    draft.leftOut(item, 'an entry without model_name and litellm_params.model')
    return
  }
  if (upstream.includes('${')) {
    draft.leftOut(item, `${name}: its model comes from a variable, which cannot be looked up here`)
    return
  }
  const place = placeOf(params, upstream)
  if (place === null) {
    draft.leftOut(item, `${name}: ${upstream.split('/')[0]} is a provider that speaks nothing Headgate does`)
    return
  }
  if (upstream === '*') {
    draft.leftOut(item, '"*" for every provider: name one, or set default in routing.yaml')
    return
  }
  const provider = draft.provider(place, params)
  if (provider === null) return
  leaveRest(item, params, draft)
  if (name.includes('*')) importWildcard({ name, upstream: place.model, provider, item }, draft)
  else {
    const model = draft.model(name)
    model.description ??= textOf(item.at('model_info').at('description'))
    model.size ??= sizeOf(item.at('model_info'), draft)
    model.deployments.push({ provider, ...(place.model === name ? {} : { model: place.model }), ...limitsOf(params, item.at('model_info'), draft) })
    draft.mapped(item, `${name} → ${place.model} at ${provider}`)
  }
}

/** `provider/model` and what stands beside it; null for a provider that cannot be reached. */
function placeOf(params: Cursor, upstream: string) {
  const slash = upstream.indexOf('/')
  const prefix = slash === -1 ? '' : upstream.slice(0, slash)
  const url = textOf(params.at('api_base')) ?? textOf(params.at('base_url'))
  const found = prefix === '' ? null : foreignKind(prefix)
  if (found === 'stranger') return null
  const { kind, baseUrl, keyVariable } = found ?? { kind: url === null ? 'openai' : 'openai-compatible', baseUrl: null, keyVariable: null }
  // LiteLLM writes `openai/` before whatever speaks like OpenAI.
  const own = kind === 'openai' && url !== null && !url.includes('api.openai.com') ? 'openai-compatible' : kind
  return {
    name: own === 'openai-compatible' && found !== null && kind === own ? prefix.toLowerCase().replaceAll('_', '-') : own,
    kind: own,
    baseUrl: url ?? baseUrl,
    apiKey: textOf(params.at('api_key')) ?? usualKey({ baseUrl, keyVariable }, url),
    model: found === null ? upstream : upstream.slice(slash + 1),
  }
}

function limitsOf(params: Cursor, info: Cursor, draft: Draft): Partial<DeploymentDraft> {
  const context = countOf(info.at('max_input_tokens')) ?? countOf(info.at('max_tokens'))
  const cost = (key: string) => numberOf(params.at(key)) ?? numberOf(info.at(key))
  const input = cost('input_cost_per_token')
  const output = cost('output_cost_per_token')
  const cached = cost('cache_read_input_token_cost')
  const timeout = numberOf(params.at('stream_timeout')) ?? numberOf(params.at('timeout'))
  const weight = numberOf(params.at('weight'))
  const priority = numberOf(params.at('order'))
  const inFlight = countOf(params.at('max_parallel_requests'))
  const features = featuresOf(info, draft)
  return {
    ...(weight === null ? {} : { weight }),
    ...(priority === null ? {} : { priority: Math.round(priority) }),
    ...(context === null ? {} : { context }),
    ...(input === null || output === null
      ? {}
      : { price: { input: perMillion(input), output: perMillion(output), ...(cached === null ? {} : { cached_input: perMillion(cached) }) } }),
    ...(features === null ? {} : { features }),
    ...(timeout === null || timeout === 0 ? {} : { timeout }),
    ...(inFlight === null ? {} : { max_in_flight: inFlight }),
  }
}

/** As it is written, for `size` of a model: seed 003 reads it from the model's metadata. */
function sizeOf(info: Cursor, draft: Draft): string | null {
  const metadata = info.at('metadata')
  const unread = entriesOf(metadata).filter(([key]) => key !== 'size')
  if (unread[0]) draft.leftOut(unread[0][1], `model_info.metadata: ${unread.map(([key]) => quote(key)).join(', ')}`)
  const at = info.at('size').value === undefined ? metadata.at('size') : info.at('size')
  if (at.value === undefined || at.value === null) return null
  const size = textOf(at)
  if (size !== null && parseSize(size) !== null) return size
  draft.leftOut(at, 'size: write it as 13B or 135M')
  return null
}

const perMillion = (each: number) => Math.round(each * 1e12) / 1e6

/** A list of ours is complete, so there is one only where the file says enough. */
function featuresOf(info: Cursor, draft: Draft): string[] | null {
  if (textOf(info.at('mode')) === 'embedding') return ['embeddings']
  const [tools, vision, json] = ['supports_function_calling', 'supports_vision', 'supports_response_schema'].map((key) => flagOf(info.at(key)))
  if (tools === null && vision === null && json === null) return null
  if (tools === null || vision === null || json === null) {
    draft.leftOut(info, 'supports_…: a list of features says everything; all of supports_function_calling, _vision and _response_schema make one')
    return null
  }
  const reasoning = flagOf(info.at('supports_reasoning'))
  return [...(tools ? ['tools'] : []), ...(vision ? ['vision'] : []), ...(json ? ['json'] : []), ...(reasoning ? ['reasoning'] : [])]
}

interface Wildcard {
  readonly name: string
  /** What follows the provider's prefix. */
  readonly upstream: string
  readonly provider: string
  readonly item: Cursor
}

/** `openai/*`: a pattern that asks the provider for what the star stands for. */
function importWildcard({ name, upstream, provider, item }: Wildcard, draft: Draft): void {
  const parts = name.split('*')
  const stars = upstream.split('*').length - 1
  if (parts.length > 2 || stars > 1) {
    draft.leftOut(item, `${name}: more than one star`)
    return
  }
  const pattern = `^${parts.map((part) => part.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&')).join('(.*)')}$`
  const model = upstream.replaceAll('$', '').replace('*', '$$1')
  const isSame = upstream === name
  draft.patterns.push({ pattern, provider, ...(isSame ? {} : { model }) })
  draft.mapped(item, `${name} → pattern ${pattern} at ${provider}${isSame ? '' : `, asked for as ${upstream}`}`)
}

function leaveRest(item: Cursor, params: Cursor, draft: Draft): void {
  for (const [key, at] of entriesOf(params))
    if (limits.has(key)) draft.leftOut(at, `${key}: there are no limits per deployment but max_parallel_requests`)
    else if (!readParams.has(key)) draft.leftOut(at, `litellm_params.${key}: send it with the request`)
  const unread = entriesOf(item.at('model_info')).filter(([key]) => !readInfo.has(key))
  if (unread[0]) draft.leftOut(unread[0][1], `model_info: ${unread.map(([key]) => quote(key)).join(', ')}`)
  for (const [key, at] of entriesOf(item)) if (!['model_name', 'litellm_params', 'model_info'].includes(key)) draft.leftOut(at, `${key} of a model`)
}
