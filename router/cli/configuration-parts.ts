/** What the commands that load a configuration without a router share: its folder, what the panel added, the model files. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type ConfigurationParts, type LocalModel, modelFilesIn, modelNameOf, noStoredEntries, type StoredEntries } from '../config/index.ts'
import { dataFolderPath } from '../host/data-folder.ts'
import { readStoredRows } from '../registry/index.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The parts as `serve` would have them. A folder that was named need not exist: that is for the command to say. */
export function configurationParts(options: { readonly config?: string; readonly data?: string }, environment: Environment): ConfigurationParts {
  const dataFolder = resolve(options.data ?? dataFolderPath(environment, process.platform))
  return {
    folder: resolve(options.config ?? (environment['HEADGATE_CONFIG'] || join(dataFolder, 'config'))),
    environment,
    dataFolder,
    rows: storedEntries(join(dataFolder, 'headgate.db')),
    localModels: localModels(join(dataFolder, 'models')),
    version: 1,
  }
}

/** What the panel added. A registry that cannot be read is said, and the files are checked alone. */
function storedEntries(file: string): StoredEntries {
  if (!existsSync(file)) return noStoredEntries
  try {
    return { ...noStoredEntries, ...readStoredRows(file) }
  } catch (error) {
    console.error(`What the panel added is not checked: ${file} cannot be read (${(error as Error).message}).`)
    return noStoredEntries
  }
}

/** Names only: what a file holds is the router's to check. */
function localModels(folder: string): LocalModel[] {
  return modelFilesIn(folder).map((name) => ({ name: modelNameOf(name), file: join(folder, name), context: null, isStarter: false }))
}
