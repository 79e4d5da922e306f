/** Schemas of LiteLLM's `model_list`: unknown keys of its parameters pass with a warning, because LiteLLM has hundreds. */
import { z } from 'zod'
import { looseMap } from './known-map.ts'
import { credential, endpoint, integer, modelName, number, seconds } from './scalars.ts'

const params = {
  /** `provider/model`. */
  model: z.string().min(1).max(512),
  api_base: endpoint.optional(),
  base_url: endpoint.optional(),
  api_key: credential.optional(),
  timeout: seconds.optional(),
  weight: number(0, 1e6).optional(),
  order: integer(0, 1_000_000).optional(),
  max_parallel_requests: integer(1, 100_000).optional(),
  input_cost_per_token: number(0, 1).optional(),
  output_cost_per_token: number(0, 1).optional(),
} as const
export const litellmParams = looseMap(params, ['model'])

const info = {
  max_input_tokens: integer(1, 100_000_000).optional(),
  max_tokens: integer(1, 100_000_000).optional(),
  input_cost_per_token: number(0, 1).optional(),
  output_cost_per_token: number(0, 1).optional(),
  supports_function_calling: z.boolean().optional(),
  supports_vision: z.boolean().optional(),
  /** Parameters, `70B`. People keep all sorts of things here, so what is no size is no error. */
  size: z.unknown().optional(),
  metadata: z.unknown().optional(),
} as const

const entry = {
  model_name: modelName,
  litellm_params: litellmParams,
  model_info: z.looseObject(info).nullish(),
} as const
export const litellmModel = looseMap(entry, ['model_name', 'litellm_params'])
export type LitellmModelInput = z.output<typeof litellmModel>

/** Keys of `litellm_params` that are read. */
export const litellmParamKeys: ReadonlySet<string> = new Set(Object.keys(params))

/** Those of `model_info`. */
export const litellmInfoKeys: ReadonlySet<string> = new Set([...Object.keys(info), 'id', 'description'])
