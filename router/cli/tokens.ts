/** `headgate token`: keys of tools, written to the registry itself, so that it works with and without a running router. */
import { join } from 'node:path'
import { systemClock } from '../core/clock.ts'
import { dataFolderPath, makeDataFolder } from '../host/data-folder.ts'
import { openRegistry, type Registry } from '../registry/index.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Prints the key alone on its line, once. */
export async function createToken(name: string, environment: Environment): Promise<void> {
  withRegistry(environment, (registry) => console.log(registry.keys.create(name).key))
}

export function listTokens(environment: Environment): void {
  withRegistry(environment, (registry) => {
    const rows = registry.keys.list()
    if (rows.length === 0) console.error('No keys yet: `headgate token create --name NAME`.')
    for (const { id, name, prefix, createdAt, lastUsedAt, revokedAt } of rows)
      console.log(
        [
          id,
          `${prefix}…`,
          name,
          `created ${day(createdAt)}`,
          lastUsedAt === null ? 'never used' : `last used ${day(lastUsedAt)}`,
          revokedAt === null ? '' : `revoked ${day(revokedAt)}`,
        ]
          .filter(Boolean)
          .join('  '),
      )
  })
}

/** Takes an id or the key itself first, else the name or the prefix of exactly one active key. Throws a sentence with the ids where several match. */
export function revokeToken(which: string, environment: Environment): void {
  withRegistry(environment, ({ keys }) => {
    const active = keys.list().filter(({ revokedAt }) => revokedAt === null)
    const itself = which.startsWith('hg-') ? keys.find(which)?.id : undefined
    const exact = active.filter(({ id }) => id === which || id === itself)
    const shown = which.startsWith('hg-') ? `${which.slice(0, 7)}…` : which // a key is not echoed
    const matching = exact.length > 0 ? exact : active.filter(({ name, prefix }) => name === which || prefix === which)
    const [key] = matching
    if (!key) throw new Error(`There is no key ${shown} that is not revoked yet.`)
    if (matching.length > 1)
      throw new Error(`${matching.length} keys match ${shown}: ${matching.map(({ id, name }) => `${id} (${name})`).join(', ')}. Say which by its id.`)
    keys.revoke(key.id)
    console.log(`revoked ${key.id} (${key.name})`)
  })
}

function withRegistry(environment: Environment, use: (registry: Registry) => void): void {
  const folder = dataFolderPath(environment, process.platform)
  makeDataFolder(folder)
  const registry = openRegistry(join(folder, 'headgate.db'), systemClock)
  try {
    use(registry)
  } finally {
    registry.close()
  }
}

const day = (at: number) => new Date(at).toISOString().slice(0, 16).replace('T', ' ')
