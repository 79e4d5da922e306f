/** A rule as its form holds it, and the entry of a file that it stands for. Keys that the form does not show stay as they are. */
import type { Entry } from '../api/rules.ts'
import type { RuleRow } from './rule-rows.ts'

export interface RuleDraft {
  readonly name: string
  readonly condition: string
  readonly providers: readonly string[]
  readonly models: readonly string[]
  /** '' = as usual, `none` = nothing, `to:…` = a provider or a chain. */
  readonly fallback: string
  /** '' = as written. */
  readonly strategy: string
  readonly minSize: string
  readonly minContext: string
}

export function draftOf(name: string, entry: Entry): RuleDraft {
  const { fallback } = entry
  return {
    name,
    condition: textOf(entry['condition']),
    providers: [...listOf(entry['provider']), ...listOf(entry['providers'])],
    models: [...listOf(entry['model']), ...listOf(entry['preferred_model']), ...listOf(entry['preferred_models'])],
    fallback: fallback === null ? 'none' : fallback === undefined ? '' : `to:${String(fallback)}`,
    strategy: textOf(entry['strategy'] ?? entry['routing_strategy']),
    minSize: textOf(entry['min_model_size']),
    minContext: textOf(entry['min_context']),
  }
}

/** What the form shows; the rest of an entry is kept. */
const shownKeys = new Set([
  'condition',
  'pattern',
  'size',
  'provider',
  'providers',
  'model',
  'preferred_model',
  'preferred_models',
  'fallback',
  'strategy',
  'routing_strategy',
  'min_model_size',
  'min_context',
])

export function entryOf(kind: RuleRow['kind'], draft: RuleDraft, before: Entry): Entry {
  const name = draft.name.trim()
  const providers = draft.providers.filter((provider) => provider !== '')
  const models = draft.models.map((model) => model.trim()).filter((model) => model !== '')
  const [model] = models
  // Only there it may hold $1, and only there one model is a key of its own.
  const isPlain = models.length === 1 && (kind === 'pattern' || kind === 'exact')
  return {
    ...Object.fromEntries(Object.entries(before).filter(([key]) => !shownKeys.has(key))),
    ...(kind === 'pattern' ? { pattern: name } : {}),
    ...(kind === 'size' ? { size: name } : {}),
    ...(kind === 'metadata' ? { condition: draft.condition.trim() } : {}),
    ...(providers.length === 1 ? { provider: providers[0] } : providers.length > 1 ? { providers } : {}),
    ...(isPlain ? { model } : models.length > 0 ? { preferred_models: models } : {}),
    ...(draft.fallback === '' ? {} : { fallback: draft.fallback === 'none' ? null : draft.fallback.slice('to:'.length) }),
    ...(draft.strategy === '' ? {} : { strategy: draft.strategy }),
    ...(draft.minSize.trim() === '' ? {} : { min_model_size: draft.minSize.trim() }),
    ...(draft.minContext.trim() === '' ? {} : { min_context: numberOr(draft.minContext.trim()) }),
  }
}

/** A rule of a file as an entry, to be changed and kept in the panel. */
export function entryOfView({ kind, rule, chain, condition }: RuleRow): Entry {
  if (rule === null)
    return {
      chain: (chain?.links ?? []).map((link) => ({
        provider: link.provider,
        ...(link.model === null ? {} : { preferred_model: link.model }),
        ...(link.condition === null ? {} : { condition: link.condition }),
      })),
      ...(chain?.attempts == null ? {} : { retry_attempts: chain.attempts - 1 }),
      ...(chain?.delay_ms == null ? {} : { retry_delay_ms: chain.delay_ms }),
    }
  const follows = rule.chain === null ? { fallback: null } : isUsual(rule.chain.name, rule.rule, kind) ? {} : { fallback: rule.chain.name }
  return {
    ...(kind === 'pattern' ? { pattern: rule.rule } : kind === 'size' ? { size: rule.rule } : {}),
    ...(condition === null ? {} : { condition }),
    ...(rule.providers.length === 0 ? {} : { providers: rule.providers }),
    ...(rule.template === null ? {} : { model: rule.template }),
    ...(rule.models.length === 0 ? {} : { preferred_models: rule.models }),
    ...follows,
    ...(rule.strategy === null ? {} : { strategy: rule.strategy }),
    ...(rule.min_model_size === null ? {} : { min_model_size: `${rule.min_model_size}B` }),
    ...(rule.min_context === null ? {} : { min_context: rule.min_context }),
  }
}

/** It follows without being named. */
const isUsual = (chain: string, rule: string, kind: RuleRow['kind']): boolean => chain === 'default' || (kind === 'capability' && chain === rule)

const textOf = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '')
const listOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : [])
/** What is no number is sent as it is: the router says what is wrong with it. */
export const numberOr = (text: string): number | string => (/^\d+$/.test(text) ? Number(text) : text)
