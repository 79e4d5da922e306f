/** The settings of the files that the panel may override while the router runs, each checked by the schema of its key. */
import type { z } from 'zod'
import { ConfigurationError } from './configuration-error.ts'
import { describeIssue } from './file-settings.ts'
import { type TopLevelKey, topLevel } from './schema/index.ts'

export const overridablePaths = [
  'require_key',
  'host_names',
  'cors_origins',
  'engine.memory_budget',
  'engine.context',
  'engine.idle_unload',
  'guards.offline',
  'guards.battery',
  'guards.thermal',
  'guards.queue_wait',
] as const
export type OverridablePath = (typeof overridablePaths)[number]

/** The value as the schema takes it. Throws a `ConfigurationError` with a sentence. */
export function checkOverride(path: OverridablePath, value: unknown): unknown {
  const [key, field] = path.split('.') as [TopLevelKey, string | undefined]
  const checked = topLevel[key].safeParse(field === undefined ? value : { [field]: value })
  if (!checked.success) throw new ConfigurationError('panel', null, checked.error.issues.map((issue) => inWords(issue, key)).join('; '))
  return field === undefined ? checked.data : (checked.data as Readonly<Record<string, unknown>>)[field]
}

/** Bounds as people say them; everything else as for a file. */
function inWords(issue: z.core.$ZodIssue, key: string): string {
  const path = [key, ...issue.path].join('.')
  if (issue.code === 'too_small' && issue.origin === 'number') return `${path} has to be at least ${issue.minimum}`
  if (issue.code === 'too_big' && issue.origin === 'number') return `${path} has to be at most ${issue.maximum}`
  return describeIssue(issue, key)
}

/** What holds where neither a file nor the panel says anything; undefined = there is no such value (a provider's address). */
export function defaultOf(path: string): unknown {
  const [key = '', field] = path.split('.')
  if (!Object.hasOwn(topLevel, key)) return undefined
  const schema = topLevel[key as TopLevelKey]
  const whole = schema.safeParse(field === undefined ? undefined : {})
  if (!whole.success) return undefined
  return field === undefined ? whole.data : (whole.data as Readonly<Record<string, unknown>> | undefined)?.[field]
}
