/** `node tools/cask.ts OWNER/REPOSITORY [FOLDER]`: the Homebrew cask of the two disk images in `release/`, with their real sums. */
import { createHash } from 'node:crypto'
import { createReadStream, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

export interface CaskFacts {
  /** `owner/name`. */
  readonly repository: string
  readonly version: string
  /** SHA-256 of each disk image, hex. */
  readonly sums: Readonly<Record<'arm64' | 'x64', string>>
}

/** The cask's text. Throws where the template names something that is not given. */
export function caskOf({ repository, version, sums }: CaskFacts): string {
  const values: Readonly<Record<string, string>> = { repository, version, 'sha256-arm64': sums.arm64, 'sha256-x64': sums.x64 }
  return readFileSync(join(root, 'packaging/headgate.rb.template'), 'utf8').replaceAll(/\{\{([\w-]+)\}\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`The template asks for ${name}.`)
    return value
  })
}

export async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [repository, folder = join(root, 'release')] = process.argv.slice(2)
  if (!repository || !/^[\w.-]+\/[\w.-]+$/.test(repository)) throw new Error('usage: node tools/cask.ts OWNER/REPOSITORY [FOLDER]')
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const image = (arch: string) => join(folder, `Headgate-${version}-${arch}.dmg`)
  const sums = { arm64: await sha256(image('arm64')), x64: await sha256(image('x64')) }
  writeFileSync(join(folder, 'headgate.rb'), caskOf({ repository, version, sums }))
}
