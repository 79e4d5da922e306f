/** Fills a ledger with rows as a busy month leaves them: tools, models and reasons in uneven shares, errors, tries, plans of the usual length. */

import { seededChance, systemClock } from '../../../router/core/clock.ts'
import type { Lane } from '../../../router/core/deployment.ts'
import type { RouterEvent } from '../../../router/core/events.ts'
import { openRegistry, type Registry } from '../../../router/registry/index.ts'
import { attemptEnded } from '../../fakes/attempt-end.ts'

type Ended = Extract<RouterEvent, { type: 'request-ended' }>

const tools = ['Zed', 'Zed', 'Zed', 'Claude Code', 'Claude Code', 'n8n', 'Raycast', 'Codex', 'OpenAI SDK', 'curl']
const models = ['m', 'm', 'm', 'qwen3:8b', 'gpt-oss:20b', 'auto']
const plan = JSON.stringify({
  model: 'm',
  route: { kind: 'exact', rule: 'm', source: 'models.yaml:5' },
  draw: { lane: 'local', reason: 'drawn', remote_share: 0.3, source: 'override' },
  plan: [
    { deployment: 'm/here', provider: 'here', lane: 'local', model: 'm', reason: 'drawn', score: 0.7, detail: null },
    { deployment: 'm/away', provider: 'away', lane: 'remote', model: 'm', reason: 'fallback', score: 0.3, detail: null },
  ],
  excluded: [{ deployment: 'm/lab', provider: 'lab', lane: 'remote', model: 'm', reason: 'out', detail: '6/10 failed since 10:02:11' }],
  fallback_allowed: true,
  refusal: null,
  sentence: 'm goes to m/here (local): drawn local at 30 % remote (override), then 1 more. 1 of 3 candidates left out: m/lab (out).',
})

/** One row as row `number` of `total`, the last of them now. */
export function endedRow(number: number, total: number, nowMs: number, chance: () => number): Ended {
  const at = nowMs - (total - number) * 400
  const isRemote = chance() < 0.3
  const isError = chance() < 0.01
  const tries = chance() < 0.03 ? 2 : 1
  const durationMs = 200 + chance() * 9_000
  return {
    type: 'request-ended',
    request: {
      id: `req_${number.toString().padStart(20, '0')}`,
      at,
      keyId: chance() < 0.2 ? 'key_1' : null,
      tool: tools[Math.floor(chance() * tools.length)] as string,
      dialect: 'openai-chat',
      model: models[Math.floor(chance() * models.length)] as string,
      stream: true,
    },
    session: JSON.stringify([null, 'm', `s${Math.floor(number / 7)}`]),
    facts: null,
    plan: null,
    status: isError ? 502 : 200,
    deployment: isRemote ? 'm/away' : 'm/here',
    lane: isRemote ? 'remote' : 'local',
    reason: tries > 1 ? 'failed-over' : chance() < 0.5 ? 'held' : 'drawn',
    attempts: tries,
    firstOutputMs: 80 + chance() * 900,
    durationMs,
    usage: { uncachedInput: 1_200, cacheRead: 300, cacheWrite: null, outputText: 240, outputReasoning: null, source: 'reported' },
    costUsd: isRemote ? 0.002 : null,
    errorKind: isError ? 'failed-upstream' : null,
    errorCode: isError ? 'upstream_error' : null,
    errorMessage: isError ? `away answered 502: bad gateway ${number}` : null,
  }
}

/** Writes `total` rows into the registry of a file that no router has open. */
export function fillLedger(file: string, total: number): void {
  const registry: Registry = openRegistry(file, systemClock)
  const chance = seededChance(7)
  const now = systemClock.now()
  for (let number = 0; number < total; number++) {
    const row = endedRow(number, total, now, chance)
    registry.requests.note(row, () => plan)
    for (let index = 0; index < row.attempts; index++)
      registry.requests.note(
        {
          ...attemptEnded(
            index < row.attempts - 1 ? 'm/lab' : (row.deployment as string),
            {
              index,
              lane: row.lane as Lane,
              outcome: index < row.attempts - 1 ? 'failed' : 'answered',
              startedMs: 1,
              firstOutputMs: 2,
              ms: 3,
              finish: 'stop',
              isStream: true,
            },
            row.request.id,
          ),
          keyId: row.request.keyId,
        },
        null,
      )
    if (number % 2_000 === 1_999) registry.flush()
  }
  registry.close()
}
