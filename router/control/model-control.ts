/** Models and providers as they can be changed at run time: what a file sets is read-only here, the rest is kept in the registry and applied like a file. Invariant: one change at a time, and one that does not load leaves everything as it was. */
import { basename } from 'node:path'
import type { Catalog } from '../core/catalog.ts'
import type { Deployment, Lane, Model } from '../core/deployment.ts'
import { HeadgateError } from '../core/errors.ts'
import { effectiveShare, modelLock, ownShare } from '../policy/index.ts'
import type { EntryStore } from '../registry/index.ts'
import type { DeploymentView } from './deployment-view.ts'
import { createTurns, tryChange } from './kept-changes.ts'
import { type Entry, entryOfModel, isOfFile, isWritten } from './model-entry.ts'
import type { SplitControl } from './split-control.ts'

export interface ModelControl {
  /** Every model, those of the panel that cannot be used included. */
  list(): Promise<readonly ModelView[]>
  providers(): readonly Record<string, unknown>[]
  /** Throws `invalid-request` with the reason when the configuration with it would not load (`configuration_broken` where the files alone do not), and what the registry throws where it cannot be written; nothing is kept then. */
  add(entry: Entry): Promise<ModelView>
  /** What is not named stays. A model that was found on the disk gets an entry with this. */
  change(name: string, entry: Entry): Promise<ModelView>
  /** Removes what the panel added; with `deletesFile` also the model's file in the models folder, unloaded before. */
  remove(name: string, options?: { readonly deletesFile?: boolean }): Promise<void>
  /** Throws where there is none of that name. */
  deployment(name: string): Deployment
  /** GGUF file of an engine deployment. Throws where it is none. */
  fileOf(deployment: string): string
}

/** `GET /admin/models`, one of them. */
export interface ModelView {
  readonly name: string
  readonly aliases: readonly string[]
  /** The share in force for it, 0–1. */
  readonly remote_share: number
  /** Its own; null = it follows. */
  readonly own_remote_share: number | null
  /** Which split gave the share: `model`, `override`, `routing.yaml:3`, `weights`, `default`. */
  readonly share_source: string
  /** Set above what the files or its entry say: `base_remote_share`, null = it follows. */
  readonly is_share_set_here: boolean
  readonly base_remote_share: number | null
  /** The only lane that it may use; null = both. */
  readonly lock: Lane | null
  readonly strategy: string | null
  readonly fallbacks: readonly string[]
  readonly source: string
  readonly editable: boolean
  /** The panel holds an entry of it, which can be removed. */
  readonly is_stored: boolean
  /** Why its entry is not used; null = it is. */
  readonly problem: string | null
  readonly deployments: readonly DeploymentView[]
  /** As models.yaml would hold it, without its name; to copy or to change one part of. */
  readonly entry: Entry
}

export interface ModelControlParts {
  readonly catalog: () => Catalog
  readonly split: SplitControl
  readonly entries: EntryStore
  readonly deployments: (model: Model) => readonly DeploymentView[]
  /** Loads the configuration anew. Throws a sentence when it does not load. */
  readonly reload: (by: string) => Promise<void>
  /** Reads the heads of model files that are new. */
  readonly learnFiles: (files: readonly string[]) => Promise<void>
  /** Throws where the file is not ours to delete. */
  readonly refuseForeignFile: (file: string) => void
  /** Unloads the model and deletes its file. */
  readonly deleteFile: (file: string) => Promise<void>
}

export function createModelControl(parts: ModelControlParts): ModelControl {
  const { entries } = parts
  const storedEntry = (name: string) => entries.models().find((row) => row.name === name)?.entry as Record<string, unknown> | undefined

  function view(model: Model): ModelView {
    const share = effectiveShare(model, parts.catalog(), parts.split.current())
    const entry = storedEntry(model.name)
    return {
      name: model.name,
      aliases: model.aliases,
      remote_share: share.remoteShare,
      own_remote_share: ownShare(model, parts.split.current()),
      share_source: share.source,
      is_share_set_here: parts.split.current().modelShares?.has(model.name) ?? false,
      base_remote_share: model.remoteShare,
      lock: modelLock(model, parts.split.current()),
      strategy: model.strategy,
      source: model.source,
      editable: entry !== undefined || isFree(model),
      is_stored: entry !== undefined,
      problem: whyLeftOut(model.name),
      fallbacks: model.fallbacks,
      deployments: deploymentsOf(model, entry),
      entry: entry ? withoutName(entry) : entryOfModel(model),
    }
  }

  /** Those of the panel carry what was written of them, not what came of it. */
  function deploymentsOf(model: Model, entry: Entry | undefined): readonly DeploymentView[] {
    const written = Array.isArray(entry?.['deployments']) ? [...(entry['deployments'] as Entry[])] : []
    return parts.deployments(model).map((each) => (each.source === 'panel' ? { ...each, entry: written.shift() ?? each.entry } : each))
  }

  /** An entry of the panel that the catalog leaves out: shown, so that it can be mended or removed. */
  function leftOut({ name, entry }: { readonly name: string; readonly entry: unknown }): ModelView {
    const { aliases, ...rest } = withoutName(entry as Entry)
    return {
      name,
      aliases: Array.isArray(aliases) ? (aliases as string[]) : [],
      remote_share: parts.split.current().remoteShare,
      own_remote_share: null,
      share_source: 'default',
      is_share_set_here: false,
      base_remote_share: null,
      lock: null,
      strategy: null,
      fallbacks: [],
      source: 'panel',
      editable: true,
      is_stored: true,
      problem: whyLeftOut(name) ?? 'It cannot be used.',
      deployments: [],
      entry: rest,
    }
  }

  /** Nobody wrote it down: it was found on the disk. `auto` is not, and follows from the others. */
  const isFree = (model: Model) => !isOfFile(model.source) && model.source !== 'built-in'

  const inTurn = createTurns()

  async function attempt<Result>(change: { readonly apply: () => void; readonly undo: () => void }, check: () => Result): Promise<Result> {
    const reload = () => parts.reload('panel')
    change.apply()
    return await tryChange(
      async () => {
        await reload()
        return check()
      },
      { undo: change.undo, reload, invalid },
    )
  }

  const invalid = (message: string) => new HeadgateError('invalid-request', message, { code: 'invalid_model' })

  function viewOf(name: string): ModelView {
    const model = parts.catalog().models.find((each) => each.name === name)
    const problem = whyLeftOut(name)
    if (!model || problem !== null) throw invalid(problem ?? `The model ${name} cannot be used.`)
    return view(model)
  }

  /** An entry that cannot be used does not break the rest: the catalog leaves it out and says why. */
  function whyLeftOut(name: string): string | null {
    if (!storedEntry(name)) return null
    const said = parts.catalog().warnings.find(({ file, message }) => file === 'panel' && message.includes(JSON.stringify(name)))?.message
    return said?.replace(/^model .* of the panel is not used: /s, '') ?? null
  }

  /** What a change starts from: the entry, or for a model that nobody wrote down what an entry has to say to leave it as it is. */
  function stored(name: string): { readonly entry: Record<string, unknown>; readonly isNew: boolean } {
    const entry = storedEntry(name)
    if (entry) return { entry, isNew: false }
    const model = parts.catalog().modelsByName.get(name)
    // A model of the disk joins an entry of its name by itself; one that only a provider names has to be written.
    if (model?.name === name && isFree(model)) return { entry: model.source === 'panel' ? entryOfModel(model) : {}, isNew: true }
    if (model) throw new HeadgateError('invalid-request', `${name} is set by ${model.source}; change it there.`, { code: 'set_by_file' })
    throw new HeadgateError('not-found', `There is no model ${name.slice(0, 200)}.`, { code: 'model_not_found' })
  }

  /** Before anything is changed. A model that was only found goes with its file: it is no other user of it. */
  function refuseToDelete(file: string, name: string): void {
    parts.refuseForeignFile(file)
    const others = parts
      .catalog()
      .models.filter((model) => model.name !== name && model.source !== 'built-in')
      .filter(({ deployments }) => deployments.some((each) => isOfEngine(each) && each.upstreamModel === file && isWritten(each.source)))
      .map((model) => model.name)
    if (others.length > 0)
      throw new HeadgateError('invalid-request', `${basename(file)} is used by ${others.slice(0, 5).join(', ')}, too.`, {
        status: 409,
        code: 'file_in_use',
        howToFix: 'Remove the other models first, or keep the file.',
      })
  }

  return {
    async list() {
      const { models, modelsByName } = parts.catalog()
      await parts.learnFiles(models.flatMap(({ deployments }) => deployments.filter(isOfEngine).map(({ upstreamModel }) => upstreamModel)))
      return [
        ...models.map(view),
        ...entries
          .models()
          .filter(({ name }) => !modelsByName.has(name))
          .map(leftOut),
      ]
    },
    providers: () =>
      [...parts.catalog().providers.values()].map(({ name, kind, endpoint, defaultModel, maxInFlight, source, disabled }) => ({
        name,
        kind,
        base_url: endpoint?.baseUrl ?? null,
        has_key: endpoint?.credential != null,
        default_model: defaultModel,
        max_in_flight: maxInFlight,
        source,
        disabled,
      })),
    async add(entry) {
      const name = entry['name']
      if (typeof name !== 'string' || name === '')
        throw new HeadgateError('invalid-request', 'A model needs a name.', { param: 'name', code: 'missing_required_parameter' })
      return await inTurn(async () => {
        if (parts.catalog().modelsByName.has(name) || storedEntry(name))
          throw new HeadgateError('invalid-request', `There is a model ${name} already.`, { status: 409, code: 'model_exists', param: 'name' })
        return await attempt({ apply: () => entries.putModel(name, entry), undo: () => entries.remove('model', name) }, () => viewOf(name))
      })
    },
    change: (name, entry) =>
      inTurn(async () => {
        const { entry: before, isNew } = stored(name)
        // What is written now is what is meant, whatever was set above it before.
        if ('remote_share' in entry) parts.split.setModelShare(name, undefined)
        if ('lock' in entry) parts.split.setModelLock(name, undefined)
        return await attempt(
          {
            apply: () => entries.putModel(name, { ...before, ...entry, name }),
            undo: () => (isNew ? entries.remove('model', name) : entries.putModel(name, before)),
          },
          () => viewOf(name),
        )
      }),
    remove: (name, { deletesFile = false } = {}) =>
      inTurn(async () => {
        const { entry: before, isNew } = stored(name)
        const file = parts.catalog().modelsByName.get(name)?.deployments.find(isOfEngine)?.upstreamModel
        if (isNew && !deletesFile)
          throw new HeadgateError('invalid-request', `${name} is a file on the disk: it is a model for as long as the file is there.`, {
            code: 'model_is_file',
            howToFix: 'Delete the file with it (?file=true), or take the file away.',
          })
        if (deletesFile && file !== undefined) refuseToDelete(file, name)
        if (!isNew) await attempt({ apply: () => entries.remove('model', name), undo: () => entries.putModel(name, before) }, () => {})
        if (!deletesFile || file === undefined) return
        await parts.deleteFile(file)
        await parts.reload('panel')
      }),
    deployment(name) {
      for (const { deployments } of parts.catalog().models) for (const deployment of deployments) if (deployment.name === name) return deployment
      throw new HeadgateError('not-found', `There is no deployment ${name.slice(0, 200)}.`, { code: 'deployment_not_found' })
    },
    fileOf(deployment) {
      for (const model of parts.catalog().models)
        for (const candidate of model.deployments) if (candidate.name === deployment && isOfEngine(candidate)) return candidate.upstreamModel
      throw new HeadgateError('not-found', `${deployment.slice(0, 200)} is not a deployment of the local engine.`, { code: 'deployment_not_found' })
    },
  }
}

const isOfEngine = (deployment: Deployment) => deployment.kind === 'engine'

function withoutName({ name: _, ...entry }: Entry): Entry {
  return entry
}
