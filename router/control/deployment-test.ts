/** Tests one deployment: a small real request through the usual path, pinned to it, with what it measured in words and numbers. Invariant: it is recorded like any other request, and nothing else answers in its place. */
import type { CancelSignal } from '../core/cancel.ts'
import type { Clock } from '../core/clock.ts'
import type { Deployment, Lane } from '../core/deployment.ts'
import type { Dialect } from '../core/dialect.ts'
import { asHeadgateError, type HeadgateError } from '../core/errors.ts'
import type { EventBus, RouterEvent } from '../core/events.ts'
import type { AnswerSink } from '../execution/index.ts'

/** The name under which tests stand in the ledger. */
export const panelTool = 'Headgate panel'

export interface TestOrder {
  readonly deployment: Deployment
  readonly prompt: string
  readonly maxTokens: number
  readonly signal: CancelSignal
  /** Pieces of the answer as they come; reasoning apart from text. */
  readonly onPiece: (piece: { readonly text?: string; readonly reasoning?: string }) => void
}

export interface TestResult {
  readonly ok: boolean
  readonly request_id: string
  readonly deployment: string
  readonly lane: Lane
  readonly text: string
  readonly first_output_ms: number | null
  readonly duration_ms: number
  /** Of the output after its first piece; null where it came at once or nobody counted. */
  readonly tokens_per_s: number | null
  readonly usage: { readonly input: number | null; readonly output: number | null; readonly source: string } | null
  readonly cost_usd: number | null
  readonly error: { readonly code: string; readonly message: string; readonly how_to_fix: string | null; readonly reason: string | null } | null
}

interface RunningAnswer {
  run(sink: AnswerSink): Promise<void>
}

export interface DeploymentTestParts {
  readonly clock: Clock
  readonly bus: EventBus
  readonly dialect: Dialect
  /** The pipeline's own. */
  readonly answer: (incoming: {
    readonly id: string
    readonly dialect: Dialect
    readonly bytes: Uint8Array
    readonly headers: Readonly<Record<string, string>>
    readonly token: () => null
    readonly signal: CancelSignal
    readonly pinned: { readonly deployment: Deployment; readonly tool: string }
  }) => RunningAnswer
}

type Ended = Extract<RouterEvent, { type: 'request-ended' }>

/** Never rejects: what failed is the result. */
export function createDeploymentTest(parts: DeploymentTestParts): (order: TestOrder) => Promise<TestResult> {
  return async ({ deployment, prompt, maxTokens, signal, onPiece }) => {
    const id = parts.clock.id('req')
    let ended: Ended | null = null
    const leave = parts.bus.subscribe((event) => {
      if (event.type === 'request-ended' && event.request.id === id) ended = event
    })
    let text = ''
    let error: HeadgateError | null = null
    try {
      await parts
        .answer({
          id,
          dialect: parts.dialect,
          bytes: bodyOf(deployment, prompt, maxTokens),
          headers: {},
          token: () => null,
          signal,
          pinned: { deployment, tool: panelTool },
        })
        .run({
          serving() {},
          frame(bytes) {
            for (const piece of piecesOf(bytes)) {
              text += piece.text ?? ''
              onPiece(piece)
            }
            return null
          },
          body() {},
        })
    } catch (thrown) {
      error = asHeadgateError(thrown)
    } finally {
      leave()
    }
    return {
      ...measured(ended),
      ok: error === null,
      request_id: id,
      deployment: deployment.name,
      lane: deployment.lane,
      text,
      error: errorView(error),
    }
  }
}

/** The name of the limit is the one that every model takes; the older `max_tokens` is refused by reasoning models. */
function bodyOf(deployment: Deployment, prompt: string, maxTokens: number): Uint8Array {
  return Buffer.from(
    JSON.stringify({
      model: deployment.model,
      messages: [{ role: 'user', content: prompt }],
      max_completion_tokens: maxTokens,
      stream: true,
      stream_options: { include_usage: true },
    }),
  )
}

interface Chunk {
  readonly choices?: readonly { readonly delta?: { readonly content?: unknown; readonly reasoning_content?: unknown } }[]
}

/** Whole events of a Chat Completions stream. */
function piecesOf(bytes: Uint8Array): { text?: string; reasoning?: string }[] {
  const lines = Buffer.from(bytes)
    .toString('utf8')
    .split(/\r\n|\r|\n/)
  return lines.flatMap((line) => {
    if (!line.startsWith('data:') || line.includes('[DONE]')) return []
    const { choices } = JSON.parse(line.slice(5)) as Chunk
    const delta = choices?.[0]?.delta
    const piece = {
      ...(typeof delta?.content === 'string' && delta.content !== '' ? { text: delta.content } : {}),
      ...(typeof delta?.reasoning_content === 'string' && delta.reasoning_content !== '' ? { reasoning: delta.reasoning_content } : {}),
    }
    return Object.keys(piece).length === 0 ? [] : [piece]
  })
}

function measured(ended: Ended | null): Pick<TestResult, 'first_output_ms' | 'duration_ms' | 'tokens_per_s' | 'usage' | 'cost_usd'> {
  const usage = ended?.usage ?? null
  const sum = (...counts: (number | null)[]) =>
    counts.every((each) => each === null) ? null : counts.reduce<number>((total, each) => total + (each ?? 0), 0)
  const output = usage && sum(usage.outputText, usage.outputReasoning)
  const firstOutputMs = ended?.firstOutputMs ?? null
  const durationMs = ended?.durationMs ?? 0
  const streamMs = firstOutputMs === null ? 0 : durationMs - firstOutputMs
  return {
    first_output_ms: firstOutputMs === null ? null : rounded(firstOutputMs),
    duration_ms: rounded(durationMs),
    tokens_per_s: output !== null && output > 1 && streamMs > 0 ? rounded(((output - 1) / streamMs) * 1000) : null,
    usage: usage && { input: sum(usage.uncachedInput, usage.cacheRead, usage.cacheWrite), output, source: usage.source },
    cost_usd: ended?.costUsd ?? null,
  }
}

const rounded = (value: number) => Math.round(value * 10) / 10

function errorView(error: HeadgateError | null): TestResult['error'] {
  return error && { code: error.code, message: error.message, how_to_fix: error.details.howToFix ?? null, reason: error.details.reason ?? null }
}
