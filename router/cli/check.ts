/** `headgate check`: loads the configuration as the router would, without a router, files and what the panel added, and prints it with the source of every value. */
import { existsSync } from 'node:fs'
import { ConfigurationError, checkReport, loadConfiguration, placeOf } from '../config/index.ts'
import { configurationParts } from './configuration-parts.ts'

/** Returns the exit code: 0 = it loads, 1 = it does not. */
export async function checkConfiguration(
  options: { readonly config?: string; readonly data?: string },
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const parts = configurationParts(options, environment)
  if ((options.config || environment['HEADGATE_CONFIG']) && !existsSync(parts.folder)) {
    console.error(`The configuration folder ${parts.folder} does not exist.`)
    return 1
  }
  try {
    console.log(checkReport(await loadConfiguration(parts)))
    return 0
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    console.error(`${placeOf(error.file, error.line)}: ${error.message}`)
    return 1
  }
}
