/** Rows of the ledger as the admin API shows them (`interface.md`, *HTTP*). */
import type { Usage } from '../../core/conversation.ts'
import type { AttemptEnd } from '../../core/events.ts'
import type { RequestRow } from '../../registry/index.ts'

export function requestView(row: RequestRow): Record<string, unknown> {
  return {
    id: row.id,
    at: new Date(row.at).toISOString(),
    key_id: row.keyId,
    tool: row.tool,
    dialect: row.dialect,
    model: row.model,
    deployment: row.deployment,
    lane: row.lane,
    reason: row.reason,
    status: row.status,
    attempts: row.attempts,
    first_output_ms: rounded(row.firstOutputMs),
    duration_ms: rounded(row.durationMs),
    usage: row.usage ? usageView(row.usage) : null,
    cost_usd: row.costUsd,
    stream: row.stream,
    ...(row.errorKind === null ? {} : { error: { kind: row.errorKind, code: row.errorCode, message: row.errorMessage } }),
  }
}

export function attemptView(attempt: AttemptEnd): Record<string, unknown> {
  return {
    index: attempt.index,
    deployment: attempt.deployment,
    provider: attempt.provider,
    lane: attempt.lane,
    outcome: attempt.outcome,
    kind: attempt.kind,
    code: attempt.code,
    message: attempt.message,
    status: attempt.status,
    started_ms: rounded(attempt.startedMs),
    first_output_ms: rounded(attempt.firstOutputMs),
    ms: rounded(attempt.ms),
    usage: attempt.usage ? usageView(attempt.usage) : null,
    phases: (attempt.phases ?? []).map(({ phase, fromMs, toMs }) => ({ phase, from_ms: rounded(fromMs), to_ms: rounded(toMs) })),
  }
}

function usageView(usage: Usage): Record<string, unknown> {
  const sum = (...parts: (number | null)[]) =>
    parts.every((part) => part === null) ? null : parts.reduce<number>((total, part) => total + (part ?? 0), 0)
  return {
    input: sum(usage.uncachedInput, usage.cacheRead, usage.cacheWrite),
    cached: usage.cacheRead,
    output: sum(usage.outputText, usage.outputReasoning),
    source: usage.source,
  }
}

const rounded = (ms: number | null) => (ms === null ? null : Math.round(ms * 10) / 10)
