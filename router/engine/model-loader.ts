/** From a file to a worker that is ready: check, open, fit into memory, try out, load. Says which step failed. */
import { stat } from 'node:fs/promises'
import type { Clock } from '../core/clock.ts'
import { oneTokenConversation } from '../core/conversation.ts'
import { HeadgateError } from '../core/errors.ts'
import type { Host } from '../core/host.ts'
import type { EngineLog, EngineSettings } from './engine-contract.ts'
import { checkGguf, type GgufFacts } from './gguf-check.ts'
import type { Fit } from './memory-budget.ts'
import { createWorkerClient, type WorkerClient } from './worker-client.ts'
import type { Opened, WantedContext } from './worker-protocol.ts'
import { childWire, inProcessWire } from './worker-wire.ts'

export interface LoaderParts {
  readonly host: Host
  readonly clock: Clock
  readonly settings: EngineSettings
  readonly log: EngineLog
  /** Chooses a context and takes its memory, or throws. */
  readonly fit: (file: string, opened: Opened) => Promise<Fit>
  readonly onInfo: (build: string, gpu: string | false) => void
}

export interface ReadyWorker extends Fit {
  readonly client: WorkerClient
  readonly trainedContext: number | null
  /** What it was loaded for; `context` is less where memory did not suffice. */
  readonly wantedContext: number
}

export interface ModelLoader {
  /** `onPhase` is told when the file passed its check. Throws a HeadgateError; nothing is left running then. */
  load(file: string, context: number | null, onPhase: () => void): Promise<ReadyWorker>
  /** Opens the file in a child and reads what contexts of it take, in ascending order; loads nothing. */
  measure(file: string): Promise<Opened & { readonly usualContext: number }>
  /** Ends children that are being loaded. */
  abandon(): void
}

const LOAD_MS = 300_000

/** A loader for all models of an engine. It remembers which files have proved themselves in a child. */
export function createModelLoader(parts: LoaderParts): ModelLoader {
  const { host, clock, settings, log } = parts
  const proved = new Set<string>()
  const starting = new Set<WorkerClient>()
  let gpu: string | false | null = null

  const runsInProcess = () => settings.isolation === 'in-process' || (settings.isolation === 'auto' && (gpu === 'metal' || gpu === 'cuda'))

  /** Opens, fits and loads in one worker; a failure ends the worker. */
  const start = async (client: WorkerClient, file: string, chatTemplate: string | null, context: WantedContext) => {
    starting.add(client)
    try {
      const opened = await withinTime(
        client.open({ file, chatTemplate, slots: settings.slots, threads: settings.threads, saveEnergy: host.power() === 'battery', context }),
        client,
      )
      gpu = opened.gpu
      parts.onInfo(opened.build, opened.gpu)
      const fit = await parts.fit(file, opened)
      await withinTime(client.load(fit.context), client)
      return { ...fit, client, trainedContext: opened.trainedContext, wantedContext: context.tokens }
    } catch (error) {
      await client.close()
      throw error
    } finally {
      starting.delete(client)
    }
  }

  /** What a load that never ends becomes: an error, and a dead child. */
  const withinTime = async <T>(step: Promise<T>, client: WorkerClient): Promise<T> => {
    const overdue = clock.after(LOAD_MS, () => client.kill())
    try {
      return await step
    } finally {
      overdue.cancel()
    }
  }

  const wantedContext = ({ contextLength }: GgufFacts, asked: number | null): WantedContext => {
    const usual = Math.min(contextLength, settings.context)
    return { tokens: asked ?? usual, mayShrink: asked === null || asked === usual }
  }

  const inChild = () => createWorkerClient(childWire(host), clock, log)

  return {
    abandon() {
      for (const client of starting) client.kill()
    },
    async measure(file) {
      const facts = await checkGguf(file)
      const usual = wantedContext(facts, null).tokens
      const client = inChild()
      starting.add(client)
      try {
        const opened = await withinTime(
          client.open({
            file,
            chatTemplate: facts.chatTemplate,
            slots: settings.slots,
            threads: settings.threads,
            saveEnergy: false,
            context: { tokens: usual, mayShrink: false, steps: contextSteps(facts.contextLength) },
          }),
          client,
        )
        return { ...opened, usualContext: usual }
      } finally {
        starting.delete(client)
        await client.close()
      }
    },
    async load(file, context, onPhase) {
      const facts = await checkGguf(file)
      onPhase()
      const fingerprint = await fingerprintOf(file)
      const wanted = wantedContext(facts, context)
      if (runsInProcess() && proved.has(fingerprint))
        return start(createWorkerClient(await inProcessWire(), clock, log), file, facts.chatTemplate, wanted)
      const tried = await start(inChild(), file, facts.chatTemplate, wanted)
      if (!runsInProcess()) return tried
      // A new file runs in a child first: what would have ended this process ends the child.
      try {
        await oneToken(tried.client, clock, tried.context)
      } finally {
        await tried.client.close()
      }
      proved.add(fingerprint)
      return start(createWorkerClient(await inProcessWire(), clock, log), file, facts.chatTemplate, wanted)
    },
  }
}

const SMALLEST_STEP = 2048

/** Powers of two up to what the model was trained for, and that itself. */
function contextSteps(trained: number): number[] {
  const steps: number[] = []
  for (let step = SMALLEST_STEP; step < trained; step *= 2) steps.push(step)
  return [...steps, trained]
}

async function fingerprintOf(file: string): Promise<string> {
  const { size, mtimeMs, ino } = await stat(file)
  return `${file}\n${size}\n${mtimeMs}\n${ino}`
}

/** Generates one token. A file without a chat template has shown enough by loading. */
async function oneToken(client: WorkerClient, clock: Clock, context: number): Promise<void> {
  const job = {
    id: clock.id('trial'),
    seed: 1,
    context,
    offeredContext: context,
    conversation: oneTokenConversation,
  } as const
  try {
    for await (const _ of client.run(job, new AbortController().signal).events);
  } catch (error) {
    if (error instanceof HeadgateError && error.kind === 'invalid-request') return
    throw error
  }
}
