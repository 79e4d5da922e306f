/** A real engine with children by fork, models written for the test, and answers collected. */
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../../router/core/clock.ts'
import type { AnswerPart, Conversation, FinishReason, Message, Role, Usage } from '../../../router/core/conversation.ts'
import type { Child, Host, SpawnOptions } from '../../../router/core/host.ts'
import { createEngine, type Engine, type EngineEvent, type EngineSettings } from '../../../router/engine/index.ts'
import { type TinyGgufOptions, writeTinyGguf } from '../../fixtures/tiny-gguf.ts'

export interface Answer {
  readonly text: string
  readonly reasoning: string
  readonly calls: readonly { readonly name: string; readonly arguments: string }[]
  readonly reason: FinishReason
  readonly usage: Usage
  readonly waits: readonly string[]
  readonly parts: readonly AnswerPart[]
}

export interface EngineUnderTest {
  readonly engine: Engine
  /** Process ids of children, oldest first. */
  readonly children: readonly number[]
  readonly log: string[]
  /** A model of its own file. */
  model(name: string, options?: TinyGgufOptions): string
  answer(file: string, conversation: Conversation, options?: { readonly signal?: AbortSignal; readonly context?: number | null }): Promise<Answer>
  events(
    file: string,
    conversation: Conversation,
    options?: { readonly signal?: AbortSignal; readonly context?: number | null },
  ): AsyncIterable<EngineEvent>
  close(): Promise<void>
}

export const testSettings: EngineSettings = {
  isolation: 'child',
  slots: 4,
  threads: 1,
  context: 8192,
  queueLimit: 32,
  idleUnloadMs: 0,
  memoryBudgetBytes: null,
}

export function startEngine(settings: Partial<EngineSettings> = {}): EngineUnderTest {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-engine-'))
  const children: number[] = []
  const log: string[] = []
  const host: Host = {
    name: 'test',
    secrets: { isProtected: false, get: async () => null, set: async () => {}, remove: async () => {} },
    spawn(options) {
      const child = forked(options)
      if (child.pid !== undefined) children.push(child.pid)
      return child
    },
    power: () => 'ac',
    thermal: () => 'nominal',
    onConditions: () => () => {},
    notify() {},
  }
  const engine = createEngine({
    host,
    clock: systemClock,
    settings: { ...testSettings, ...settings },
    log: (level, message) => log.push(`${level} ${message}`),
  })
  const events: EngineUnderTest['events'] = (file, conversation, options = {}) =>
    engine.generate({ requestId: 'req', file, context: options.context ?? null, conversation }, options.signal ?? new AbortController().signal)
  return {
    engine,
    children,
    log,
    events,
    model(name, options) {
      const file = join(folder, `${name}.gguf`)
      writeTinyGguf(file, options)
      return file
    },
    answer: async (file, conversation, options) => collect(events(file, conversation, options)),
    async close() {
      await engine.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A greedy conversation of one user message. */
export function ask(text: string, changes: Partial<Conversation> = {}): Conversation {
  return talk([['user', text]], changes)
}

/** A greedy conversation of several messages. */
export function talk(messages: readonly (readonly [Role, string])[], changes: Partial<Conversation> = {}): Conversation {
  return {
    messages: messages.map(([role, text]): Message => ({ role, content: [{ type: 'text', text }] })),
    tools: [],
    toolChoice: 'auto',
    parallelToolCalls: true,
    responseFormat: { type: 'text' },
    sampling: { temperature: 0 },
    maxTokens: 24,
    stop: [],
    ...changes,
  }
}

export async function collect(events: AsyncIterable<EngineEvent>): Promise<Answer> {
  const parts: AnswerPart[] = []
  const waits: string[] = []
  for await (const event of events) {
    if (event.type === 'waiting') waits.push(event.phase)
    else parts.push(event.part)
  }
  const finish = parts.filter((part) => part.type === 'finish')
  if (finish.length !== 1 || parts.at(-1) !== finish[0]) throw new Error(`an answer must end with exactly one finish, got ${JSON.stringify(parts)}`)
  const textOf = (type: 'text' | 'reasoning') => parts.map((part) => (part.type === type ? part.text : '')).join('')
  return {
    text: textOf('text'),
    reasoning: textOf('reasoning'),
    calls: parts.flatMap((part) =>
      part.type === 'tool-call'
        ? [
            {
              name: part.name,
              arguments: parts.map((other) => (other.type === 'tool-arguments' && other.index === part.index ? other.text : '')).join(''),
            },
          ]
        : [],
    ),
    reason: finish[0]!.reason,
    usage: finish[0]!.usage,
    waits,
    parts,
  }
}

function forked({ modulePath, env }: SpawnOptions): Child {
  const child = fork(modulePath, [], { env: { ...env }, stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [] })
  return {
    pid: child.pid,
    send: (message) => void child.send(message as object, () => {}),
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => void child.once('exit', listener),
    kill: (signal) => void child.kill(signal),
  }
}
