/** Reads the configuration folder: every YAML file in it and the `.env` beside them. A file that is not there sets nothing. */
import { constants } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigurationError } from './configuration-error.ts'
import { type Environment, replaceVariables, withEnvFile } from './variables.ts'
import { parseYamlText, type YamlText, yamlLimits } from './yaml-text.ts'

export interface ConfigurationFolder {
  /** In the order of their names. */
  readonly files: readonly YamlText[]
  /** The process environment over `.env`. */
  readonly environment: Environment
}

/** Names that are read: hidden files and editors' backups are not. */
export function isConfigurationFile(name: string): boolean {
  return !name.startsWith('.') && /\.ya?ml$/.test(name)
}

/** Reads and parses. Throws a `ConfigurationError` for a file that cannot be read or parsed. */
export async function readConfigurationFolder(folder: string, environment: Environment): Promise<ConfigurationFolder> {
  const names = await namesIn(folder)
  const all = withEnvFile(environment, await readText(folder, '.env'))
  const files: YamlText[] = []
  for (const name of names.filter(isConfigurationFile).sort()) {
    const text = await readText(folder, name)
    if (text !== null) files.push(parseYamlText(name, text, replaceVariables(name, all)))
  }
  return { files, environment: all }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isGone(error)) return []
    throw new ConfigurationError(folder, null, `the configuration folder cannot be read (${codeOf(error)})`)
  }
}

/** Null for a file that is gone (or was never there) and for what is no regular file, such as a pipe that would block. */
async function readText(folder: string, name: string): Promise<string | null> {
  try {
    // Non-blocking: opening a pipe must not wait for its other end.
    const handle = await open(join(folder, name), constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    try {
      const stat = await handle.stat()
      if (!stat.isFile()) return null
      if (stat.size > yamlLimits.bytes) throw new ConfigurationError(name, 1, `the file is larger than ${yamlLimits.bytes / 1024} KiB`)
      return new TextDecoder('utf-8', { fatal: true }).decode(await handle.readFile())
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (error instanceof ConfigurationError) throw error
    if (isGone(error)) return null
    const reason = error instanceof TypeError ? 'it is not UTF-8 text' : codeOf(error)
    throw new ConfigurationError(name, null, `the file cannot be read (${reason})`)
  }
}

function isGone(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR'
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : 'unknown reason'
}
