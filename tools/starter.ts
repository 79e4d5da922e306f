/** `node tools/starter.ts FOLDER`: the starter model for the packed app, got and verified by the router's own code. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { openDownload } from '../router/backends/index.ts'
import { systemClock } from '../router/core/clock.ts'
import { createStarterModel, type StarterDescription } from '../router/engine/starter-model.ts'

/** Puts the model into `folder/models` and answers its path. Rejects with the reason where no source has it. */
export async function getStarter(folder: string): Promise<string> {
  const description = JSON.parse(readFileSync(new URL('../resources/starter-model.json', import.meta.url), 'utf8')) as StarterDescription
  const parts = { dataFolder: folder, resourcesFolder: null, description, setting: null, fetchRange: openDownload, clock: systemClock }
  let detail: string | null = null
  const starter = createStarterModel({ ...parts, report: (progress) => void (detail = progress.detail) })
  const found = await starter.ensure(AbortSignal.timeout(600_000))
  if (!found) throw new Error(detail ?? 'The starter model cannot be had.')
  return found.file
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await getStarter(process.argv[2] ?? 'build/starter'))
