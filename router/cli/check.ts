/** `headgate check`: loads the configuration as the router would, without a router, and prints it with the source of every value. */
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ConfigurationError, checkReport, loadConfiguration, noStoredEntries, placeOf } from '../config/index.ts'
import { dataFolderPath } from '../host/data-folder.ts'

/** Returns the exit code: 0 = it loads, 1 = it does not. */
export async function checkConfiguration(
  options: { readonly config?: string; readonly data?: string },
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const dataFolder = resolve(options.data ?? dataFolderPath(environment, process.platform))
  const folder = resolve(options.config ?? (environment['HEADGATE_CONFIG'] || join(dataFolder, 'config')))
  try {
    const catalog = await loadConfiguration({
      folder,
      environment,
      dataFolder,
      rows: noStoredEntries,
      localModels: localModels(join(dataFolder, 'models')),
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

function localModels(folder: string): { name: string; file: string; context: null; isStarter: false; disabled: null }[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.toLowerCase().endsWith('.gguf'))
      .map((name) => ({
        name: name.replace(/\.gguf$/i, '').toLowerCase(),
        file: join(folder, name),
        context: null,
        isStarter: false,
        disabled: null,
      }))
  } catch {
    return [] // no data folder yet
  }
}
