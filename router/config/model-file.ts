/** The models folder: which of its files are models, and what each is called. */
import { readdirSync } from 'node:fs'
import { basename } from 'node:path'

/** Names that are read: hidden files, such as what macOS lays beside a file on a foreign disk, are not; a split model is read by its first part. */
export function isModelFile(name: string): boolean {
  return !name.startsWith('.') && /\.gguf$/i.test(name) && !/-(?!00001)\d{5}-of-\d{5}\.gguf$/i.test(name)
}

/** Names of the model files in a folder, in order; none where the folder cannot be read. */
export function modelFilesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter(isModelFile).sort()
  } catch {
    return []
  }
}

/** The public name of the model in a file. */
export function modelNameOf(file: string): string {
  return basename(file)
    .replace(/(-00001-of-\d{5})?\.gguf$/i, '')
    .toLowerCase()
}
