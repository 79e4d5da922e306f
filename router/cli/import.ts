/** `headgate import`: a LiteLLM or HybridInference configuration as a file of ours, with a line for everything that was mapped, changed or left out. Dry unless told to write; never overwrites. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import {
  ConfigurationError,
  type ConfigurationParts,
  type Imported,
  importConfiguration,
  isConfigurationFile,
  loadConfiguration,
  placeOf,
} from '../config/index.ts'
import type { Catalog } from '../core/catalog.ts'
import { configurationParts } from './configuration-parts.ts'

export interface ImportOptions {
  readonly config?: string
  readonly data?: string
  readonly write?: boolean
}

const LARGEST = 256 * 1024

/** Returns the exit code: 0 = the result loads (and is written where that was asked), 1 = it does not. The YAML goes to standard output, words about it to standard error. */
export async function importFiles(
  files: readonly string[],
  options: ImportOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  try {
    const imported = importConfiguration(files.map((file) => ({ name: basename(file), text: textOf(file) })))
    const parts = configurationParts(options, environment)
    const name = nameFor(files[0] ?? '')
    for (const { file, form } of imported.forms) console.error(`${file} is taken for ${form}.`)
    for (const { kind, file, line, text } of imported.notes) console.error(`${kind.padEnd(8)}  ${file}:${line}  ${text}`)
    if (!options.write) console.log(imported.shown.trimEnd())
    const alone = await loadWith(imported, name, { ...parts, folder: '' })
    sayPolicy(alone)
    const together = existsSync(parts.folder) ? await loadWith(imported, name, parts) : alone
    for (const { file, line, message } of together.warnings) if (file === name) console.error(`note      ${placeOf(file, line)}  ${message}`)
    if (!options.write) {
      console.error(`Dry run: nothing was written. --write makes ${join(parts.folder, name)}.`)
      return 0
    }
    write(imported, join(parts.folder, name), parts.folder)
    return 0
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    console.error(`${placeOf(error.file, error.line)}: ${error.message}`)
    if (options.write) console.error('Nothing was written.')
    return 1
  }
}

function textOf(file: string): string {
  try {
    if (statSync(file).size > LARGEST) throw new ConfigurationError(basename(file), null, `the file is larger than ${LARGEST / 1024} KiB`)
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file))
  } catch (error) {
    if (error instanceof ConfigurationError) throw error
    const reason = error instanceof TypeError ? 'it is not UTF-8 text' : ((error as { code?: string }).code ?? 'unknown reason')
    throw new ConfigurationError(file, null, `the file cannot be read (${reason})`)
  }
}

/** `imported-litellm.yaml` for `~/litellm.yml`. */
function nameFor(file: string): string {
  const stem = basename(file)
    .replace(/\.ya?ml$/i, '')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
  return `imported-${stem || 'configuration'}.yaml`
}

/** Loads a copy of the folder with the new file in it: the folder itself may be watched by a running router. An empty folder's name = the file alone. */
async function loadWith(imported: Imported, name: string, parts: ConfigurationParts): Promise<Catalog> {
  const copy = mkdtempSync(join(tmpdir(), 'headgate-import-'))
  try {
    if (parts.folder !== '')
      for (const file of readdirSync(parts.folder))
        if ((isConfigurationFile(file) || file === '.env') && statSync(join(parts.folder, file)).isFile())
          copyFileSync(join(parts.folder, file), join(copy, file))
    if (existsSync(join(copy, name))) throw new ConfigurationError(name, null, 'a file of that name is there already; it is not overwritten')
    writeFileSync(join(copy, name), imported.text, { mode: 0o600 })
    return await loadConfiguration({ ...parts, folder: copy })
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

/** What is in force with the new file alone. */
function sayPolicy({ models, strategy, split, splitIsSet }: Catalog): void {
  console.error(
    `In force: strategy ${strategy}, ${Math.round(split.remoteShare * 1000) / 10} % remote per ${split.unit}${split.fallback ? ', with fallback' : ''}.`,
  )
  for (const model of models) {
    if (model.source === 'built-in') continue
    const places = model.deployments.map(({ provider, lane, disabled }) => `${provider} (${disabled ?? lane})`)
    const share = splitIsSet || model.weightedShare === null ? '' : `, ${Math.round(model.weightedShare * 1000) / 10} % remote by weight`
    const follows = model.fallbacks.length === 0 ? '' : `, then ${model.fallbacks.join(', ')}`
    console.error(`  ${model.name}: ${places.join(', ')}${share}${follows}`)
  }
}

function write(imported: Imported, path: string, folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  try {
    writeFileSync(path, imported.text, { flag: 'wx', mode: imported.holdsKey ? 0o600 : 0o644 })
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error
    throw new ConfigurationError(basename(path), null, 'a file of that name is there already; it is not overwritten')
  }
  console.log(path)
  // biome-ignore lint/suspicious/noTemplateCurlyInString: configuration files write variables so
  if (imported.holdsKey) console.error('It holds keys, so only you can read it. ${VAR} with the value in .env or the environment is better.')
}
