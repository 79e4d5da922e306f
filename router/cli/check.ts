/** `headgate check`: loads the configuration as the router would, without a router, files and what the panel added, and prints it with the source of every value. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import {
  ConfigurationError,
  checkReport,
  type LocalModel,
  loadConfiguration,
  modelFilesIn,
  modelNameOf,
  noStoredEntries,
  placeOf,
  type StoredEntries,
} from '../config/index.ts'
import { dataFolderPath } from '../host/data-folder.ts'
import { readStoredRows } from '../registry/index.ts'

/** Returns the exit code: 0 = it loads, 1 = it does not. */
export async function checkConfiguration(
  options: { readonly config?: string; readonly data?: string },
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const dataFolder = resolve(options.data ?? dataFolderPath(environment, process.platform))
  const folder = resolve(options.config ?? (environment['HEADGATE_CONFIG'] || join(dataFolder, 'config')))
  if ((options.config || environment['HEADGATE_CONFIG']) && !existsSync(folder)) {
    console.error(`The configuration folder ${folder} does not exist.`)
    return 1
  }
  try {
    const models = join(dataFolder, 'models')
    const { rows, chosenFiles } = stored(join(dataFolder, 'headgate.db'))
    const catalog = await loadConfiguration({
      folder,
      environment,
      dataFolder,
      rows,
      localModels: modelFilesIn(models).map((name) => localModel(modelNameOf(name), join(models, name))),
      chosenFiles: chosenFiles.map((file) => localModel(file, file)),
      version: 1,
    })
    console.log(checkReport(catalog))
    return 0
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    console.error(`${placeOf(error.file, error.line)}: ${error.message}`)
    return 1
  }
}

/** What the panel added. A registry that cannot be read is said, and the files are checked alone. Keys lie in the host's secrets: only whether there is one is known. */
function stored(file: string): { readonly rows: StoredEntries; readonly chosenFiles: readonly string[] } {
  const nothing = { rows: noStoredEntries, chosenFiles: [] }
  if (!existsSync(file)) return nothing
  try {
    const { providerChanges, chosenFiles, ...entries } = readStoredRows(file)
    const changes = Object.entries(providerChanges)
    const keysElsewhere = new Set(changes.flatMap(([name, { key }]) => (key ? [name] : [])))
    const switchedOff = new Set(changes.flatMap(([name, { off }]) => (off ? [name] : [])))
    return { rows: { ...noStoredEntries, ...entries, keysElsewhere, switchedOff }, chosenFiles }
  } catch (error) {
    console.error(`What the panel added is not checked: ${file} cannot be read (${(error as Error).message}).`)
    return nothing
  }
}

/** By its name only: what a file holds is the router's to check. */
function localModel(name: string, file: string): LocalModel {
  return { name, file, context: null, isStarter: false, disabled: existsSync(file) ? null : `${file} is not there` }
}
