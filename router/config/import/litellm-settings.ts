/** LiteLLM's settings: `router_settings`, `litellm_settings`, `general_settings`, `environment_variables`. What has no counterpart here is left out with the reason. */
import { quote } from '../configuration-error.ts'
import { strategyNamed } from '../strategy-name.ts'
import { type Cursor, countOf, entriesOf, flagOf, isMap, itemsOf, numberOf, textOf, textsOf } from './cursor.ts'
import type { Draft, LaterSteps } from './draft.ts'

/**
 * The steps that need the models of all files. LiteLLM's router asks `router_settings` first and `litellm_settings` where those say nothing, in
 * whatever order they are written; a default follows what is said of single models.
 */
export function litellmSettings(root: Cursor, draft: Draft): LaterSteps {
  const isDefault = (key: string) => key === 'default_fallbacks'
  return [
    () => importSection(root, 'router_settings', draft, (key) => !isDefault(key)),
    () => {
      importSection(root, 'litellm_settings', draft, (key) => !isDefault(key))
      importGeneral(root, draft)
    },
    () => importSection(root, 'router_settings', draft, isDefault),
    () => importSection(root, 'litellm_settings', draft, isDefault),
  ]
}

function importSection(root: Cursor, section: 'router_settings' | 'litellm_settings', draft: Draft, isMeant: (key: string) => boolean): void {
  const entries = entriesOf(root.at(section)).filter(([key]) => isMeant(key))
  // What is said of streams is nearer to a start deadline than what is said of whole answers.
  for (const [key, at] of entries.toSorted(([a], [b]) => Number(b === 'stream_timeout') - Number(a === 'stream_timeout'))) {
    const read = Object.hasOwn(readers, key) ? readers[key] : undefined
    if (read) read(at, draft, `${section}.${key}`)
    else draft.leftOut(at, `${section}.${key}: ${Object.hasOwn(reasons, key) ? reasons[key] : 'nothing here corresponds to it'}`)
  }
}

function importGeneral(root: Cursor, draft: Draft): void {
  for (const [key, at] of entriesOf(root.at('general_settings')))
    if (key === 'master_key') {
      draft.set('require_key', true, at)
      draft.changed(at, 'master_key → require_key: Headgate issues its own keys, one per tool (headgate token create)')
    } else draft.leftOut(at, `general_settings.${key}: ${Object.hasOwn(reasons, key) ? reasons[key] : 'nothing here corresponds to it'}`)
  for (const [key, at] of entriesOf(root.at('environment_variables')))
    draft.leftOut(at, `environment_variables.${key}: write ${key}=… into .env beside the configuration`)
}

const reasons: Readonly<Record<string, string>> = {
  redis_host: 'one router keeps its own state',
  redis_port: 'one router keeps its own state',
  redis_password: 'one router keeps its own state',
  redis_url: 'one router keeps its own state',
  cache: 'answers are not cached',
  cache_params: 'answers are not cached',
  drop_params: 'what a provider does not know is for it to say',
  set_verbose: 'see the log, or debug_router',
  callbacks: 'the log and the panel are the readers of events',
  success_callback: 'the log and the panel are the readers of events',
  failure_callback: 'the log and the panel are the readers of events',
  content_policy_fallbacks: 'a refusal of the model is an answer',
  retry_policy: 'the failure itself decides what is tried again',
  allowed_fails_policy: 'allowed_fails counts every failure',
  database_url: 'requests and keys are kept in the data folder',
  database_connection_pool_limit: 'requests and keys are kept in the data folder',
  store_model_in_db: 'models that the panel adds are kept in the data folder',
}

type Reader = (at: Cursor, draft: Draft, name: string) => void

const intoRouterSettings =
  (key: string, read: (at: Cursor) => unknown): Reader =>
  (at, draft, name) => {
    const value = read(at)
    if (value === null) draft.leftOut(at, `${name}: its value cannot be read`)
    else if (draft.field(['router_settings', key], value, at, name)) draft.mapped(at, `${name} → router_settings.${key}: ${String(value)}`)
  }

const startDeadline: Reader = (at, draft, name) => {
  const start = numberOf(at)
  if (start === null || start === 0) draft.leftOut(at, `${name}: its value cannot be read`)
  else if (draft.field(['timeouts', 'start'], Math.min(start, 86_400), at, name))
    draft.changed(at, `${name} → timeouts.start: ${Math.min(start, 86_400)} s until an answer begins; one that runs is never cut`)
}

const fallbacks: Reader = (at, draft) => {
  for (const item of itemsOf(at)) {
    const isSeedForm = isMap(item.value) && 'fallback_models' in item.value
    const pairs: (readonly [string | null, Cursor])[] = isSeedForm
      ? [[textOf(item.at('model')), item.at('fallback_models')]]
      : entriesOf(item).map(([name, others]) => [name, others])
    for (const [name, others] of pairs) addFallbacks(name, others, draft)
  }
}

function addFallbacks(name: string | null, others: Cursor, draft: Draft): void {
  const names = itemsOf(others).flatMap((each) => textOf(isMap(each.value) ? each.at('model') : each) ?? [])
  if (name === '*') {
    defaultFallbacks(others, draft, 'fallbacks')
    return
  }
  const model = name === null ? undefined : draft.models.get(name)
  if (!model) {
    draft.leftOut(others, `fallbacks of ${quote(name ?? '')}: no model of that name is imported`)
    return
  }
  for (const each of names) if (each !== model.name && !model.fallbacks.includes(each)) model.fallbacks.push(each)
  draft.mapped(others, `fallbacks of ${model.name}: ${names.join(', ')}`)
}

const defaultFallbacks: Reader = (at, draft) => {
  const names = textsOf(at)
  for (const model of draft.models.values())
    if (model.fallbacks.length === 0) for (const name of names) if (name !== model.name) model.fallbacks.push(name)
  draft.changed(at, `default fallbacks → fallbacks of every model that has none: ${names.join(', ')}`)
}

const groups: Reader = (at, draft) => {
  for (const [name, value] of entriesOf(at)) {
    const one = textOf(isMap(value.value) ? value.at('model') : value)
    if (Array.isArray(value.value)) {
      const settings = (draft.settings.get('router_settings') ?? {}) as { model_group_alias?: object }
      draft.settings.set('router_settings', { ...settings, model_group_alias: { ...settings.model_group_alias, [name]: textsOf(value) } })
      draft.mapped(value, `model_group_alias ${name}: ${textsOf(value).join(', ')}`)
    } else if (one !== null && draft.models.has(one)) {
      draft.alias(name, draft.model(one), value)
      draft.mapped(value, `model_group_alias ${name} → an alias of ${one}`)
    } else draft.leftOut(value, `model_group_alias ${name}: no model ${quote(one ?? '')} is imported`)
  }
}

const strategy: Reader = (at, draft) => {
  const name = textOf(at) ?? ''
  const found = strategyNamed(name)
  if (found === undefined) {
    draft.leftOut(at, `routing_strategy ${quote(name)}: there is no such strategy here; the default orders`)
    return
  }
  draft.set('strategy', found, at)
  draft.mapped(at, `routing_strategy ${name} → strategy ${found}`)
}

const readers: Readonly<Record<string, Reader>> = {
  routing_strategy: strategy,
  num_retries: intoRouterSettings('num_retries', (at) => bounded(numberOf(at), 20)),
  allowed_fails: intoRouterSettings('allowed_fails', (at) => bounded(numberOf(at), 1000)),
  cooldown_time: intoRouterSettings('cooldown_time', (at) => bounded(countOf(at), 86_400)),
  enable_pre_call_checks: intoRouterSettings('enable_pre_call_checks', flagOf),
  timeout: startDeadline,
  stream_timeout: startDeadline,
  request_timeout: startDeadline,
  fallbacks,
  context_window_fallbacks(at, draft, name) {
    fallbacks(at, draft, name)
    draft.changed(at, 'context_window_fallbacks → fallbacks: they also follow other failures; a prompt that is too long only goes where more fits')
  },
  default_fallbacks: defaultFallbacks,
  model_group_alias: groups,
}

const bounded = (value: number | null, most: number) => (value === null ? null : Math.min(Math.round(value), most))
