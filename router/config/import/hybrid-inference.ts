/** HybridInference's `models.yaml`: an id is the public name, every route a deployment with its weight. */
import { quote } from '../configuration-error.ts'
import { type Cursor, countOf, entriesOf, flagOf, isMap, itemsOf, numberOf, textOf, textsOf } from './cursor.ts'
import type { DeploymentDraft, Draft, LaterSteps, ModelDraft } from './draft.ts'
import { foreignKind, usualKey } from './foreign-kinds.ts'

/** Every model has an `id`: our own have a `name` and `deployments`. */
export function isHybridInference(models: unknown): boolean {
  return Array.isArray(models) && models.length > 0 && models.every((model) => isMap(model) && 'id' in model && !('deployments' in model))
}

export function importHybridModels(models: Cursor, draft: Draft): LaterSteps {
  const imported = itemsOf(models).flatMap((item) => importModel(item, draft))
  // After all names: an alias that is another model's name gives way.
  const addAliases = () => {
    for (const { item, model } of imported) for (const alias of textsOf(item.at('aliases'))) draft.alias(alias, model, item.at('aliases'))
  }
  return [addAliases]
}

const readKeys = new Set(
  `id name provider provider_model_id base_url api_key api_keys context_length supports_tools supports_structured_output input_modalities
  output_modalities pricing aliases route weight`.split(/\s+/),
)
const reasons: Readonly<Record<string, string>> = {
  max_output_length: 'the answer’s length is for the request and the provider',
  supported_params: 'what a provider does not know is for it to say',
  quantization: 'it changes nothing here',
}

function importModel(item: Cursor, draft: Draft): { readonly item: Cursor; readonly model: ModelDraft }[] {
  const id = textOf(item.at('id'))
  if (id === null) {
    draft.leftOut(item, 'a model without an id')
    return []
  }
  if (draft.models.has(id)) {
    draft.leftOut(item, `a second model ${quote(id)}`)
    return []
  }
  const routes = itemsOf(item.at('route'))
  const places = (routes.length > 0 ? routes : [item]).flatMap((route) => deploymentOf({ id, item, route }, draft) ?? [])
  for (const [key, at] of entriesOf(item))
    if (!readKeys.has(key)) draft.leftOut(at, `${key}: ${Object.hasOwn(reasons, key) ? reasons[key] : 'nothing here corresponds to it'}`)
  if (places.length === 0) {
    draft.leftOut(item, `${id}: no place of it can be used`)
    return []
  }
  const model = draft.model(id)
  model.description ??= textOf(item.at('name'))
  model.deployments.push(...places)
  return [{ item, model }]
}

interface Route {
  readonly id: string
  readonly item: Cursor
  /** An entry of `route`; the model itself where it has none. */
  readonly route: Cursor
}

const routeKeys = new Set('kind weight base_url api_key api_keys provider_model_id optional provider'.split(' '))

function deploymentOf({ id, item, route }: Route, draft: Draft): DeploymentDraft | null {
  const own = (key: string) => textOf(route.at(key)) ?? textOf(item.at(key))
  // A key belongs to the address beside it: a route with its own address gets no other key.
  const isOwnAddress = route !== item && textOf(route.at('base_url')) !== null && textOf(route.at('base_url')) !== textOf(item.at('base_url'))
  const keyOf = (place: Cursor) => [textOf(place.at('api_key')), ...textsOf(place.at('api_keys'))].filter((key) => key !== null)
  const keys = [...keyOf(route), ...(isOwnAddress || route === item ? [] : keyOf(item))]
  const word = (route === item ? null : textOf(route.at('kind'))) ?? textOf(item.at('provider')) ?? 'openai_compat'
  const found = foreignKind(word)
  const isKnown = found !== null && found !== 'stranger'
  const { kind, baseUrl, keyVariable } = isKnown ? found : { kind: 'openai-compatible', baseUrl: null, keyVariable: null }
  if (new Set(keyOf(route)).size > 1) draft.leftOut(route.at('api_keys'), `all keys of ${id} at ${word} but the first: a deployment has one`)
  const written = own('base_url')
  const isOpenAi = kind === 'openai' && written !== null && !written.includes('api.openai.com') && !written.includes('${')
  const provider = draft.provider(
    {
      name: kind === 'openai-compatible' || isOpenAi ? providerName(word) : kind,
      kind: isOpenAi ? 'openai-compatible' : kind,
      baseUrl: written ?? baseUrl,
      apiKey: keys[0] ?? usualKey({ baseUrl, keyVariable }, written),
    },
    route,
  )
  if (provider === null) return null
  if (!isKnown) draft.changed(route, `kind ${word} → openai-compatible`)
  if (written?.includes('host.docker.internal'))
    draft.changed(route.at('base_url'), 'host.docker.internal is a name inside Docker only: outside it is localhost')
  if (route !== item)
    for (const [key, at] of entriesOf(route)) if (!routeKeys.has(key)) draft.leftOut(at, `${key} of a route: nothing here corresponds to it`)
  const model = own('provider_model_id')
  const weight = numberOf(route.at('weight'))
  const isLocal = /^\$\{\w*LOCAL\w*[:}]/.test(written ?? '')
  draft.mapped(route, `${id} → ${model ?? id} at ${provider}${weight === null ? '' : `, weight ${weight}`}`)
  return {
    provider,
    ...(model === null || model === id ? {} : { model }),
    ...(isLocal ? { lane: 'local' } : {}),
    ...(weight === null ? {} : { weight }),
    ...detailsOf(item),
  }
}

function detailsOf(item: Cursor): Partial<DeploymentDraft> {
  const context = countOf(item.at('context_length'))
  const [tools, json] = [flagOf(item.at('supports_tools')), flagOf(item.at('supports_structured_output'))]
  const inputs = textsOf(item.at('input_modalities'))
  const isEmbedding = textsOf(item.at('output_modalities')).some((each) => /^embeddings?$/.test(each))
  const [input, output, cached] = ['prompt', 'completion', 'input_cache_reads'].map((key) => numberOf(item.at('pricing').at(key)))
  const features = isEmbedding
    ? ['embeddings']
    : tools === null && json === null
      ? null
      : [...(tools ? ['tools'] : []), ...(inputs.includes('image') ? ['vision'] : []), ...(json ? ['json'] : [])]
  return {
    ...(context === null ? {} : { context }),
    ...(features === null ? {} : { features }),
    // A price of nothing stands for "not said" in the examples of that project.
    ...(input == null || output == null || input + output === 0 ? {} : { price: { input, output, ...(cached ? { cached_input: cached } : {}) } }),
  }
}

/** A word of a foreign file as a name of a provider here. */
function providerName(word: string): string {
  const name = word.replaceAll(/[^\w.-]+/g, '-').replaceAll('_', '-')
  return name === '' || name === 'local' || name === 'remote' ? `${name || 'imported'}-provider` : name
}
