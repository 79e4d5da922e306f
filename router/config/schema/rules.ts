/** Schemas of the routing rules, in the words of seed 003 (`model-mappings.yaml`, `routing.yaml`). What they mean is compiled in `../rules-of-files.ts`. */
import { z } from 'zod'
import { parseSize, parseSizeRange } from '../../policy/model-size.ts'
import { knownMap, unknownKey } from './known-map.ts'
import { integer, listOf, modelName, number, share, toggle } from './scalars.ts'

const MOST = 10_000
const name = z.string().min(1).max(200)
/** A provider or a chain; null = nothing follows. */
const fallback = name.nullable().optional()
const condition = z.string().min(1).max(2_000)
const size = z.union([z.string(), z.number()]).transform((value, context) => {
  const billions = parseSize(String(value))
  if (billions === null) context.addIssue({ code: 'custom', message: `${JSON.stringify(value)} is no size: write it as 13B or 135M` })
  return billions ?? z.NEVER
})
const sizeRange = z.string().transform((text, context) => {
  const range = parseSizeRange(text)
  if (range === null) context.addIssue({ code: 'custom', message: `${JSON.stringify(text)} is no range: write it as "< 8B", "8B - 13B" or "> 13B"` })
  return range ? { text: text.trim(), range } : z.NEVER
})

/** A map from any name to entries of one kind. */
const named = <Entry extends z.ZodType>(entry: Entry) => z.record(z.string().min(1).max(300), entry)

/** Where a rule sends what it takes. */
const target = {
  provider: name.optional(),
  providers: listOf(name).optional(),
  fallback,
  preferred_model: modelName.optional(),
  preferred_models: listOf(modelName).optional(),
  min_model_size: size.optional(),
  min_context: integer(1, 100_000_000).optional(),
  routing_strategy: z.string().optional(),
  strategy: z.string().optional(),
} as const

export const exactMatch = knownMap({
  ...target,
  /** The seed writes it beside every entry; the order of the rules is that of the file. */
  priority: z.union([z.enum(['primary', 'secondary', 'tertiary']), z.number()]).optional(),
  model: modelName.optional(),
})
export const patternRule = knownMap({
  ...target,
  pattern: z.string().min(1).max(1_000),
  /** What the provider is asked for; `$1` is what the first group of the pattern holds. */
  model: modelName.optional(),
})
export const capabilityRule = knownMap(target)
export const sizeRule = knownMap({ ...target, size: sizeRange })
export const metadataRule = knownMap({ ...target, condition })
export type TargetInput = z.output<typeof capabilityRule>

const places = ['primary', 'secondary', 'tertiary', 'provider'] as const
export const chainLink = knownMap({
  primary: name.optional(),
  secondary: name.optional(),
  tertiary: name.optional(),
  provider: name.optional(),
  condition: condition.optional(),
  preferred_model: modelName.optional(),
})
  .refine(
    (link) => places.filter((place) => link[place] !== undefined).length === 1,
    'expected exactly one of primary, secondary, tertiary, provider',
  )
  .transform(({ primary, secondary, tertiary, provider, ...rest }) => ({
    ...rest,
    provider: (primary ?? secondary ?? tertiary ?? provider) as string,
  }))

export const chain = knownMap({
  chain: z.array(chainLink).min(1).max(50),
  /** Attempts after the first, over the places of the chain; a place is asked again only where every other one still has an attempt. */
  retry_attempts: integer(0, 20).optional(),
  retry_delay_ms: number(0, 60_000).optional(),
})

export type ChainInput = z.output<typeof chain>

const redundantPlace = knownMap({ provider: name, weight: number(0, 1e6).optional(), model: modelName.optional() })

const weights = { latency: share.default(0.4), success_rate: share.default(0.4), cost: share.default(0.2) } as const
/** The seed writes a list of one-key maps. */
const weightFactors = z
  .unknown()
  .superRefine((value, context) => {
    for (const [index, item] of Array.isArray(value) ? value.entries() : [])
      for (const key of Object.keys(Object(item)))
        if (!Object.hasOwn(weights, key)) context.addIssue({ code: 'custom', path: [index, key], message: unknownKey(key, Object.keys(weights)) })
  })
  .pipe(
    z.preprocess(
      (value) => (Array.isArray(value) ? Object.assign({}, ...value.filter((each) => typeof each === 'object')) : value),
      knownMap(weights),
    ),
  )
  .optional()

const balancing = knownMap({
  applicable_to: listOf(name).optional(),
  weight_factors: weightFactors,
  measure: z.string().optional(),
})

/** What `auto` becomes by the look of the prompt, where nobody writes other rules. */
export const smartRules = [
  { when: 'has_images', use: 'vision' },
  { when: 'is_code', use: 'code' },
  { when: 'is_math', use: 'math' },
  { when: 'has_tools || prompt_tokens > 1500 || hardness >= 0.5', use: 'capable' },
  { when: 'always', use: 'small' },
] as const

export const smartRouting = knownMap({
  enabled: toggle.default(true),
  /** For short and simple prompts; the smallest local model where none is named. */
  small: modelName.optional(),
  /** For long, hard and tool-using ones; the largest model of known size where none is named. */
  capable: modelName.optional(),
  /** `code`, `math`, `vision`, or any word that a rule uses. */
  specialists: named(modelName).default({}),
  rules: z
    .array(knownMap({ when: condition, use: name }))
    .max(100)
    .default([...smartRules]),
})

export type SmartInput = z.output<typeof smartRouting>

/** The seven metrics of seed 003. */
export const routingMetrics = [
  'routing_decision_time_ms',
  'exact_match_rate',
  'pattern_match_rate',
  'fallback_trigger_rate',
  'provider_distribution',
  'load_balance_effectiveness',
  'cache_hit_rate',
] as const

export const ruleSettings = {
  exact_matches: named(exactMatch),
  patterns: z.array(patternRule).max(MOST),
  capabilities: named(capabilityRule),
  model_size_routing: z.array(sizeRule).max(1_000),
  request_metadata_routing: named(metadataRule),
  fallback_chains: named(chain),
  redundant_models: named(knownMap({ providers: z.array(redundantPlace).min(1).max(100), routing_strategy: z.string().optional() })),
  first_request_routing: knownMap({
    enabled: toggle.default(true),
    strategy: z.enum(['prefer_warm_providers', 'prefer_warm']).default('prefer_warm_providers'),
    /** Known states are used: nothing waits for a look. */
    warm_check_timeout_ms: number(0, 60_000).optional(),
  }),
  rate_limited_fallback: knownMap({ enabled: toggle.default(true), fallback_duration_seconds: number(1, 86_400).default(60) }),
  error_based_routing: knownMap({
    enabled: toggle.default(true),
    error_threshold: integer(1, 10_000).default(3),
    cooldown_seconds: number(1, 86_400).default(300),
  }),
  load_balancing: named(balancing),
  smart_routing: smartRouting,
  /** Those that `GET /routing` shows; a name that is none of the seven is warned of. */
  routing_metrics: listOf(name),
  debug: toggle,
  debug_router: toggle,
} as const
