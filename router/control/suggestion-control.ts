/** The suggested models as people see them: what each takes of this machine, and whether it is here. */
import { basename } from 'node:path'
import { modelFilesIn, modelNameOf } from '../config/index.ts'
import type { Catalog } from '../core/catalog.ts'
import type { Fit } from '../engine/memory-fit.ts'
import type { DownloadControl } from './download-control.ts'
import { chooseSuggested, type SuggestedModel, type Suggestion, type SuggestionChoice, type SuggestionRoom } from './suggested-models.ts'

export interface SuggestionView {
  readonly role: 'quick' | 'best'
  readonly name: string
  readonly good_for: string
  readonly repo: string
  readonly file: string
  /** As published; the download says the true one. */
  readonly size_bytes: number
  readonly parameters: number
  readonly context: number
  readonly licence: string
  readonly fit: Fit
  /** Free bytes of the disk, with what of this model is on it already. */
  readonly disk_of_bytes: number
  /** Public name of the model where it is here; null = it is not. */
  readonly model: string | null
}

export interface SuggestionsView {
  /** The quick one first. */
  readonly suggestions: readonly SuggestionView[]
  /** What keeps everything larger than the quick one away; null = nothing does. */
  readonly without_best: SuggestionChoice['withoutBest']
  /** The hub that a download would ask. */
  readonly origin: string
  readonly disk_free_bytes: number
}

export interface SuggestionControl {
  view(): Promise<SuggestionsView>
}

export interface SuggestionControlParts {
  readonly list: readonly SuggestedModel[]
  readonly origin: string
  readonly room: () => Pick<SuggestionRoom, 'contextTokens' | 'ofBytes'>
  readonly downloads: Pick<DownloadControl, 'list' | 'freeBytes'>
  readonly modelsFolder: string
  readonly catalog: () => Catalog
}

export function createSuggestionControl({ list, origin, room, downloads, modelsFolder, catalog }: SuggestionControlParts): SuggestionControl {
  return {
    async view() {
      const diskFreeBytes = await downloads.freeBytes()
      const here = modelsHere(modelsFolder, catalog())
      const nameOf = ({ file }: SuggestedModel) => here.get(folded(file)) ?? null
      const hereBytes = (model: SuggestedModel) => {
        if (nameOf(model) !== null) return model.sizeBytes
        const on = downloads.list().find(({ repository, file, state }) => repository === model.repository && file === model.file && state !== 'ready')
        return Math.min(model.sizeBytes, on?.received_bytes ?? 0)
      }
      const { quick, best, withoutBest } = chooseSuggested(list, { ...room(), diskFreeBytes, hereBytes })
      const viewOf = (role: SuggestionView['role'], { model, fit }: Suggestion): SuggestionView => ({
        role,
        name: model.name,
        good_for: model.goodFor,
        repo: model.repository,
        file: model.file,
        size_bytes: model.sizeBytes,
        parameters: model.parameters,
        context: model.context,
        licence: model.licence,
        fit,
        disk_of_bytes: diskFreeBytes + hereBytes(model),
        model: nameOf(model),
      })
      return {
        suggestions: [viewOf('quick', quick), ...(best === null ? [] : [viewOf('best', best)])],
        without_best: withoutBest,
        origin,
        disk_free_bytes: diskFreeBytes,
      }
    },
  }
}

/** Public names by file name: what the catalog serves from wherever it lies, and what has just come into the models folder. */
function modelsHere(modelsFolder: string, { models }: Catalog): ReadonlyMap<string, string> {
  const served = models.flatMap(({ name, deployments, source }) =>
    source === 'built-in'
      ? []
      : deployments.filter(({ kind }) => kind === 'engine').map(({ upstreamModel }) => [folded(upstreamModel), name] as const),
  )
  return new Map([...modelFilesIn(modelsFolder).map((file) => [folded(file), modelNameOf(file)] as const), ...served])
}

/** Programs that share files write the same name; the file system of a Mac takes A and a for one. */
const folded = (path: string) => basename(path).toLowerCase()
