/** Models and providers as they can be changed at run time: what a file sets is read-only here, the rest is kept in the registry and applied like a file. Invariant: one change at a time, and one that does not load leaves everything as it was. */
import { ConfigurationError, placeOf } from '../config/index.ts'
import type { Catalog } from '../core/catalog.ts'
import type { Model } from '../core/deployment.ts'
import { HeadgateError } from '../core/errors.ts'
import { effectiveShare } from '../policy/index.ts'
import type { EntryStore } from '../registry/index.ts'
import type { DeploymentView } from './deployment-view.ts'
import type { SplitControl } from './split-control.ts'

export interface ModelControl {
  list(): readonly Record<string, unknown>[]
  providers(): readonly Record<string, unknown>[]
  /** Throws `invalid-request` with the reason when the configuration with it would not load (`configuration_broken` where the files alone do not), and what the registry throws where it cannot be written; nothing is kept then. */
  add(entry: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>>
  change(name: string, entry: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>>
  remove(name: string): Promise<void>
  /** GGUF file of an engine deployment. Throws where it is none. */
  fileOf(deployment: string): string
}

export interface ModelControlParts {
  readonly catalog: () => Catalog
  readonly split: SplitControl
  readonly entries: EntryStore
  readonly deployments: (model: Model) => readonly DeploymentView[]
  /** Loads the configuration anew. Throws a sentence when it does not load. */
  readonly reload: (by: string) => Promise<void>
}

export function createModelControl(parts: ModelControlParts): ModelControl {
  const { entries } = parts
  const storedEntry = (name: string) => entries.models().find((row) => row.name === name)?.entry as Record<string, unknown> | undefined

  function view(model: Model): Record<string, unknown> {
    const share = effectiveShare(model, parts.catalog(), parts.split.current())
    return {
      name: model.name,
      aliases: model.aliases,
      remote_share: share.remoteShare,
      own_remote_share: model.remoteShare,
      source: model.source,
      editable: storedEntry(model.name) !== undefined,
      fallbacks: model.fallbacks,
      deployments: parts.deployments(model),
    }
  }

  let last: Promise<unknown> = Promise.resolve()
  /** Two changes at once would each undo to what the other made. */
  function inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    const done = last.then(change, change)
    last = done.catch(() => {})
    return done
  }

  /** Applies a change; when the configuration does not load with it, or `check` throws, puts things back. */
  async function attempt<Result>(change: { readonly apply: () => void; readonly undo: () => void }, check: () => Result): Promise<Result> {
    change.apply()
    try {
      await parts.reload('panel')
      return check()
    } catch (error) {
      change.undo()
      const ofFiles = await parts.reload('panel').then(
        () => null,
        (reason: unknown) => reason,
      )
      if (ofFiles instanceof ConfigurationError)
        throw new HeadgateError(
          'invalid-request',
          `The files do not load, so nothing can be changed here: ${placeOf(ofFiles.file, ofFiles.line)}: ${ofFiles.message}`,
          {
            status: 409,
            code: 'configuration_broken',
          },
        )
      throw error instanceof ConfigurationError ? invalid(error.message) : error
    }
  }

  const invalid = (message: string) => new HeadgateError('invalid-request', message, { code: 'invalid_model' })

  function viewOf(name: string): Record<string, unknown> {
    const model = parts.catalog().models.find((each) => each.name === name)
    if (!model) throw invalid(whyLeftOut(name) ?? `The model ${name} cannot be used.`)
    return view(model)
  }

  /** An entry that cannot be used does not break the rest: the catalog leaves it out and says why. */
  function whyLeftOut(name: string): string | null {
    return parts.catalog().warnings.find(({ file, message }) => file === 'panel' && message.includes(JSON.stringify(name)))?.message ?? null
  }

  function stored(name: string): Record<string, unknown> {
    const entry = storedEntry(name)
    if (entry) return entry
    const model = parts.catalog().modelsByName.get(name)
    if (model) throw new HeadgateError('invalid-request', `${name} is set by ${model.source}; change it there.`, { code: 'set_by_file' })
    throw new HeadgateError('not-found', `There is no model ${name.slice(0, 200)}.`, { code: 'model_not_found' })
  }

  return {
    list: () => parts.catalog().models.map(view),
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
        if (parts.catalog().modelsByName.has(name))
          throw new HeadgateError('invalid-request', `There is a model ${name} already.`, { status: 409, code: 'model_exists', param: 'name' })
        return await attempt({ apply: () => entries.putModel(name, entry), undo: () => entries.remove('model', name) }, () => viewOf(name))
      })
    },
    change: (name, entry) =>
      inTurn(async () => {
        const before = stored(name)
        return await attempt({ apply: () => entries.putModel(name, { ...before, ...entry, name }), undo: () => entries.putModel(name, before) }, () =>
          viewOf(name),
        )
      }),
    remove: (name) =>
      inTurn(async () => {
        const before = stored(name)
        await attempt({ apply: () => entries.remove('model', name), undo: () => entries.putModel(name, before) }, () => {})
      }),
    fileOf(deployment) {
      for (const model of parts.catalog().models)
        for (const candidate of model.deployments) if (candidate.name === deployment && candidate.kind === 'engine') return candidate.upstreamModel
      throw new HeadgateError('not-found', `${deployment.slice(0, 200)} is not a deployment of the local engine.`, { code: 'deployment_not_found' })
    },
  }
}
