/** `headgate logs`: the last lines of the router's log, and what comes. */
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { dataFolderPath } from '../host/data-folder.ts'

const LOOK_EVERY_MS = 250

export async function logs(
  options: { readonly follow?: boolean; readonly lines: string },
  environment: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const file = join(dataFolderPath(environment, process.platform), 'logs', 'headgate.log')
  if (!existsSync(file)) throw new Error(`There is no log yet at ${file}.`)
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  for (const line of lines.slice(-Math.max(1, Number(options.lines) || 50))) console.log(line)
  if (!options.follow) return
  let at = statSync(file).size
  for (;;) {
    await wait(LOOK_EVERY_MS)
    const size = existsSync(file) ? statSync(file).size : 0
    if (size < at) at = 0 // moved aside, begun anew
    if (size === at) continue
    for await (const chunk of createReadStream(file, { start: at, end: size - 1 })) process.stdout.write(chunk as Buffer)
    at = size
  }
}
