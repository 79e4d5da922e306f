/** `headgate token`: keys of tools, written to the registry itself, so that it works with and without a running router. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../core/clock.ts'
import { dataFolderPath } from '../host/data-folder.ts'
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

export function revokeToken(key: string, environment: Environment): void {
  withRegistry(environment, (registry) => {
    if (!registry.keys.revoke(key)) throw new Error(`There is no key ${key} that is not revoked yet.`)
    console.log('revoked')
  })
}

function withRegistry(environment: Environment, use: (registry: Registry) => void): void {
  const folder = dataFolderPath(environment, process.platform)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const registry = openRegistry(join(folder, 'headgate.db'), systemClock)
  try {
    use(registry)
  } finally {
    registry.close()
  }
}

const day = (at: number) => new Date(at).toISOString().slice(0, 16).replace('T', ' ')
