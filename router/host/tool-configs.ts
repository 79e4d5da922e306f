/** Looks whether the configuration file of a tool is there, and whether it names Headgate already. Read-only: never writes, follows nothing that is not a plain file, reads at most 1 MiB. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'

const LIMIT_BYTES = 1024 * 1024

export interface ToolConfig {
  /** With `~` for the home folder. */
  readonly path: string
  readonly exists: boolean
  /** It has the address in it; null = it is not there, or cannot be read. */
  readonly mentions: boolean | null
}

export interface HomeFolders {
  /** Absolute; null = not known, and then nothing is looked for. */
  readonly home: string | null
  readonly config: string | null
}

export function homeFolders(environment: Readonly<Record<string, string | undefined>>): HomeFolders {
  const home = environment['HOME']
  if (!home || !isAbsolute(home)) return { home: null, config: null }
  const config = environment['XDG_CONFIG_HOME']
  return { home, config: config && isAbsolute(config) ? config : join(home, '.config') }
}

/** `path` is below one of the two folders; `needles`: any of them counts, e.g. `127.0.0.1:4777`. */
export function lookAtToolConfig(
  path: { readonly home: string } | { readonly config: string },
  folders: HomeFolders,
  needles: readonly string[],
): ToolConfig {
  const [folder, below] = 'home' in path ? [folders.home, path.home] : [folders.config, path.config]
  const shown =
    'home' in path || folder === null || folder === join(folders.home ?? '', '.config')
      ? `~/${'home' in path ? '' : '.config/'}${below}`
      : join(folder, below)
  if (folder === null) return { path: shown, exists: false, mentions: null }
  const text = textOf(join(folder, below))
  if (text === 'missing') return { path: shown, exists: false, mentions: null }
  return { path: shown, exists: true, mentions: text === null ? null : needles.some((needle) => text.includes(needle)) }
}

/** Null = it is there and cannot be read, or is no plain file, or is too large. */
function textOf(file: string): string | null | 'missing' {
  try {
    // Without waiting for the other end of a pipe.
    const handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const { size } = fstatSync(handle)
      return fstatSync(handle).isFile() && size <= LIMIT_BYTES ? readFileSync(handle, 'utf8') : null
    } finally {
      closeSync(handle)
    }
  } catch (error) {
    return (error as { code?: string }).code === 'ENOENT' || (error as { code?: string }).code === 'ENOTDIR' ? 'missing' : null
  }
}

/** Which of a tool's places is this machine's. */
export const toolPlatform = (): 'darwin' | 'linux' => (process.platform === 'darwin' ? 'darwin' : 'linux')
