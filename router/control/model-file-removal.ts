/** Deletes a model's files from the models folder: every part, and what was noted beside them. Invariant: nothing outside of that folder is ever deleted (security page, e59). */
import { readdirSync, realpathSync, rmSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative } from 'node:path'
import { HeadgateError } from '../core/errors.ts'

/** True where the file itself, links followed, lies below the folder. */
export function isInsideFolder(folder: string, file: string): boolean {
  const way = relative(folder, file)
  if (way === '' || way.startsWith('..') || isAbsolute(way)) return false
  try {
    const real = relative(realpathSync(folder), realpathSync(dirname(file)))
    return !real.startsWith('..') && !isAbsolute(real)
  } catch {
    return false
  }
}

/** Throws where the file is not ours to delete. */
export function refuseForeignFile(folder: string, file: string): void {
  if (!isInsideFolder(folder, file))
    throw new HeadgateError('invalid-request', `${basename(file)} lies outside of the models folder and is left where it is.`, {
      code: 'file_not_ours',
    })
}

/** Throws where the file is not ours to delete. A link is removed, not what it leads to. */
export function removeModelFile(folder: string, file: string): void {
  refuseForeignFile(folder, file)
  for (const name of partsOf(file)) {
    rmSync(join(dirname(file), name), { force: true })
    rmSync(join(dirname(file), `${name}.verified.json`), { force: true })
  }
}

const PART = /^(.*)-00001-of-(\d{5})\.gguf$/i
const ANY_PART = /^(.*)-\d{5}-of-(\d{5})\.gguf$/i

function partsOf(file: string): string[] {
  const name = basename(file)
  const split = PART.exec(name)
  if (!split) return [name]
  const [, stem = '', count = ''] = split
  return readdirSync(dirname(file)).filter((each) => {
    const [, ofStem, ofCount] = ANY_PART.exec(each) ?? []
    return ofStem === stem && ofCount === count
  })
}
