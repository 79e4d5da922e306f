/** Rows of the ledger as the rest of the router sees them, and how they are read from the file. */
import type { Usage } from '../core/conversation.ts'
import type { Lane } from '../core/deployment.ts'
import type { AttemptEnd } from '../core/events.ts'

export interface RequestRow {
  readonly id: string
  readonly at: number
  readonly keyId: string | null
  readonly tool: string
  readonly dialect: string
  readonly model: string | null
  readonly deployment: string | null
  readonly lane: Lane | null
  readonly reason: string | null
  readonly status: number
  readonly attempts: number
  readonly firstOutputMs: number | null
  readonly durationMs: number
  readonly usage: Usage | null
  readonly costUsd: number | null
  readonly stream: boolean
  readonly errorKind: string | null
  readonly errorCode: string | null
  readonly errorMessage: string | null
}

export interface StoredUsage {
  uncached_input: number | null
  cache_read: number | null
  cache_write: number | null
  output_text: number | null
  output_reasoning: number | null
  usage_source: 'reported' | 'estimated' | null
}

export interface StoredRequest extends StoredUsage {
  id: string
  at: number
  key_id: string | null
  tool: string
  dialect: string
  model: string | null
  deployment: string | null
  lane: Lane | null
  reason: string | null
  status: number
  attempts: number
  first_output_ms: number | null
  duration_ms: number
  cost_usd: number | null
  stream: number
  error_kind: string | null
  error_code: string | null
  error_message: string | null
}

/** Everything of a row but its plan, which is many times longer than the rest. */
export const rowColumns =
  'id, at, key_id, tool, dialect, model, deployment, lane, reason, status, attempts, first_output_ms, duration_ms, uncached_input, cache_read, cache_write, output_text, output_reasoning, usage_source, cost_usd, stream, error_kind, error_code, error_message'

export interface StoredAttempt extends StoredUsage {
  number: number
  deployment: string
  provider: string
  lane: string
  outcome: AttemptEnd['outcome']
  kind: string
  code: string
  message: string | null
  status: number | null
  started_ms: number
  first_output_ms: number | null
  duration_ms: number
  phases: string | null
}

export function rowOf(stored: StoredRequest): RequestRow {
  return {
    id: stored.id,
    at: stored.at,
    keyId: stored.key_id,
    tool: stored.tool,
    dialect: stored.dialect,
    model: stored.model,
    deployment: stored.deployment,
    lane: stored.lane,
    reason: stored.reason,
    status: stored.status,
    attempts: stored.attempts,
    firstOutputMs: stored.first_output_ms,
    durationMs: stored.duration_ms,
    usage: usageOf(stored),
    costUsd: stored.cost_usd,
    stream: stored.stream === 1,
    errorKind: stored.error_kind,
    errorCode: stored.error_code,
    errorMessage: stored.error_message,
  }
}

export function attemptOf(stored: StoredAttempt): AttemptEnd {
  return {
    index: stored.number,
    deployment: stored.deployment,
    provider: stored.provider,
    lane: stored.lane,
    outcome: stored.outcome,
    kind: stored.kind,
    code: stored.code,
    errorKind: stored.outcome === 'failed' ? (stored.kind as AttemptEnd['errorKind']) : null,
    message: stored.message,
    status: stored.status,
    safeToRepeat: true,
    retryAfterMs: null,
    startedMs: stored.started_ms,
    firstOutputMs: stored.first_output_ms,
    ms: stored.duration_ms,
    usage: usageOf(stored),
    finish: null,
    isStream: stored.first_output_ms !== null,
    afterModelLoad: false,
    ...(stored.phases === null ? {} : { phases: JSON.parse(stored.phases) as NonNullable<AttemptEnd['phases']> }),
  }
}

export function usageOf(stored: StoredUsage): Usage | null {
  if (stored.usage_source === null) return null
  return {
    uncachedInput: stored.uncached_input,
    cacheRead: stored.cache_read,
    cacheWrite: stored.cache_write,
    outputText: stored.output_text,
    outputReasoning: stored.output_reasoning,
    source: stored.usage_source,
  }
}
