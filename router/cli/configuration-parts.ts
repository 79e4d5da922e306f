/** What the commands that load a configuration without a router share: its folder, what the panel added, the model files. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import {
  type ConfigurationParts,
  changesOfProviders,
  type LocalModel,
  modelFilesIn,
  modelNameOf,
  noStoredEntries,
  type StoredEntries,
} from '../config/index.ts'
import { dataFolderPath } from '../host/data-folder.ts'
import { readStoredRows } from '../registry/index.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The parts as `serve` would have them. A folder that was named need not exist: that is for the command to say. */
export function configurationParts(options: { readonly config?: string; readonly data?: string }, environment: Environment): ConfigurationParts {
  const dataFolder = resolve(options.data ?? dataFolderPath(environment, process.platform))
  const models = join(dataFolder, 'models')
  const { rows, chosenFiles } = stored(join(dataFolder, 'headgate.db'))
  return {
    folder: resolve(options.config ?? (environment['HEADGATE_CONFIG'] || join(dataFolder, 'config'))),
    environment,
    dataFolder,
    rows,
    localModels: modelFilesIn(models).map((name) => localModel(modelNameOf(name), join(models, name))),
    chosenFiles: chosenFiles.map((file) => localModel(file, file)),
    version: 1,
  }
}

/** What the panel added. A registry that cannot be read is said, and the files are checked alone. Keys lie in the host's secrets: only whether there is one is known. */
function stored(file: string): { readonly rows: StoredEntries; readonly chosenFiles: readonly string[] } {
  const nothing = { rows: noStoredEntries, chosenFiles: [] }
  if (!existsSync(file)) return nothing
  try {
    const { providerChanges, chosenFiles, ...entries } = readStoredRows(file)
    const keysElsewhere = new Set(Object.entries(providerChanges).flatMap(([name, { key }]) => (key ? [name] : [])))
    return { rows: { ...noStoredEntries, ...entries, ...changesOfProviders(providerChanges), keysElsewhere }, chosenFiles }
  } catch (error) {
    console.error(`What the panel added is not checked: ${file} cannot be read (${(error as Error).message}).`)
    return nothing
  }
}

/** By its name only: what a file holds is the router's to check. */
function localModel(name: string, file: string): LocalModel {
  return { name, file, context: null, isStarter: false, disabled: existsSync(file) ? null : `${file} is not there` }
}
