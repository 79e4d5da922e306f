/** The SHA-256 of a file, read once from start to end. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'

/** Lower-case hexadecimal. Rejects with the signal's reason, or as the file system does. */
export async function sha256Of(file: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  for await (const bytes of createReadStream(file, { signal, highWaterMark: 1024 * 1024 })) hash.update(bytes)
  return hash.digest('hex')
}
