/** Schemas of what can serve: providers, models and their deployments, in models.yaml, in the seeds' lists and in the panel's rows alike. */
import { z } from 'zod'
import { parseSize } from '../../policy/model-size.ts'
import { knownMap } from './known-map.ts'
import { credential, deploymentName, endpoint, integer, listOf, modelName, number, providerName, seconds, share, toggle } from './scalars.ts'

/** Requests in flight at a deployment or provider that sets no other number (execution page). */
export const defaultMaxInFlight = 64

const maxInFlight = integer(1, 100_000).optional()

/** Headers that every request to a provider carries. What holds a credential, or frames the message, is not one of them. */
const reservedHeaders =
  /^(authorization|proxy-.*|cookie|set-cookie|.*(api-?key|token|secret|password).*|host|connection|content-.*|transfer-encoding|te|upgrade|trailer|expect|accept.*|user-agent)$/
const headers = z
  .record(
    z
      .string()
      .max(100)
      .regex(/^[a-zA-Z0-9-]+$/, 'a header name has letters, digits and hyphens')
      .refine((name) => !reservedHeaders.test(name.toLowerCase()), 'this header is not set here; a key belongs in api_key'),
    z
      .string()
      .max(1000)
      .regex(/^[\x20-\x7e]*$/, 'a header has printable ASCII'),
  )
  .refine((map) => Object.keys(map).length <= 20, 'at most 20 headers')

export const providerEntry = knownMap({
  name: providerName,
  kind: z.string().optional(),
  base_url: endpoint.optional(),
  endpoint: endpoint.optional(),
  api_key: credential.optional(),
  /** Null = none, not even the one that is built in. */
  default_model: modelName.nullable().optional(),
  max_in_flight: maxInFlight,
  headers: headers.optional(),
  /** Where its data is worked on; shown, never interpreted. */
  region: z.string().max(100).optional(),
  /** US dollars that it may cost in a day or a month: then it is asked only where nobody else can answer. */
  budget: knownMap({ usd: number(0, 1e6), per: z.enum(['day', 'month']).default('month') }).optional(),
  /** Rank of its deployments that set none: lower first. */
  priority: z.lazy(() => priority).optional(),
  disabled: toggle.optional(),
})
export type ProviderInput = z.infer<typeof providerEntry>

export const featureNames = ['tools', 'vision', 'json', 'reasoning', 'embeddings'] as const

const price = knownMap({
  /** US dollars for a million tokens. */
  input: number(0, 1e6),
  output: number(0, 1e6),
  cached_input: number(0, 1e6).optional(),
})

/** Billions of parameters. */
export const modelSize = z.union([z.string(), z.number()]).transform((value, context) => {
  const size = parseSize(String(value))
  if (size === null) context.addIssue({ code: 'custom', message: `${JSON.stringify(value)} is no size: write it as 13B or 135M` })
  return size ?? z.NEVER
})

/** Lower first; the seeds' words are the first three. */
const priorityWords: Readonly<Record<string, number>> = { primary: 0, secondary: 1, tertiary: 2 }
const priority = z.preprocess((value) => (typeof value === 'string' ? (priorityWords[value] ?? value) : value), integer(0, 1_000_000))

export const deploymentEntry = knownMap({
  name: deploymentName.optional(),
  provider: z.string(),
  /** What the provider calls the model, or a GGUF file; the model's own name where it is not given. */
  model: z.string().min(1).max(1024).optional(),
  lane: z.enum(['local', 'remote']).optional(),
  weight: number(0, 1e6).optional(),
  priority: priority.optional(),
  context: integer(1, 100_000_000).optional(),
  price: price.optional(),
  features: listOf(z.enum(featureNames)).optional(),
  /** Start deadline in seconds when nothing is learned. */
  timeout: seconds.optional(),
  max_in_flight: maxInFlight,
})
export type DeploymentInput = z.infer<typeof deploymentEntry>

export const modelEntry = knownMap({
  name: modelName,
  aliases: listOf(modelName).default([]),
  remote_share: share.optional(),
  /** The only lane that it may use. */
  lock: z.enum(['local', 'remote']).nullable().optional(),
  strategy: z.string().optional(),
  fallbacks: listOf(modelName).default([]),
  /** Parameters, `13B`; where it is not given, the name tells. */
  size: modelSize.optional(),
  deployments: z.array(deploymentEntry).max(1000).default([]),
})
export type ModelInput = z.infer<typeof modelEntry>

/** An entry of `local_deployment` and `remote_deployment` (seed 000): one server, and the models that it serves. */
export const seedDeployment = knownMap({
  endpoint,
  models: listOf(modelName),
  name: providerName.optional(),
  kind: z.string().optional(),
  api_key: credential.optional(),
  weight: number(0, 1e6).optional(),
  max_in_flight: maxInFlight,
})
export type SeedDeploymentInput = z.infer<typeof seedDeployment>
