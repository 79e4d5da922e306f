/** Takes one member out of a zip archive (a Python wheel is one): stored or deflated, streamed, every offset checked; nothing of it is run. */
import { createReadStream, createWriteStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createInflateRaw } from 'node:zlib'

interface Member {
  readonly method: number
  readonly packedBytes: number
  readonly sizeBytes: number
  /** Of the local header. */
  readonly offset: number
}

const DIRECTORY_END = 0x06054b50
const DIRECTORY_ENTRY = 0x02014b50
const LOCAL_HEADER = 0x04034b50
const DIRECTORY_AT_MOST = 16 * 1024 * 1024

/** Writes the member's bytes to `target`. Throws an Error in words when it is not there, not of `sizeBytes`, or the archive is damaged. */
export async function extractZipMember(
  archive: string,
  member: string,
  to: { target: string; sizeBytes: number; signal: AbortSignal },
): Promise<void> {
  const handle = await open(archive, 'r')
  let start: number
  let found: Member
  try {
    const size = (await handle.stat()).size
    found = await findMember(handle, size, member)
    if (found.sizeBytes !== to.sizeBytes) throw new Error(`${member} has ${found.sizeBytes} bytes instead of ${to.sizeBytes}`)
    const local = await read(handle, found.offset, 30)
    if (local.readUInt32LE(0) !== LOCAL_HEADER) throw new Error('the archive is damaged')
    start = found.offset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28)
    if (start + found.packedBytes > size) throw new Error('the archive is cut short')
  } finally {
    await handle.close()
  }
  if (found.method !== 0 && found.method !== 8) throw new Error(`${member} is packed with the unknown method ${found.method}`)
  const packed = createReadStream(archive, { start, end: start + found.packedBytes - 1 })
  const unpack = found.method === 8 ? [createInflateRaw()] : []
  await pipeline([packed, ...unpack, exactly(to.sizeBytes), createWriteStream(to.target, { flush: true })], { signal: to.signal })
}

async function findMember(handle: FileHandle, size: number, name: string): Promise<Member> {
  const tail = await read(handle, Math.max(0, size - 65_557), Math.min(size, 65_557))
  let at = tail.length - 22
  while (at >= 0 && tail.readUInt32LE(at) !== DIRECTORY_END) at--
  if (at < 0) throw new Error('it is not a zip archive')
  const entries = tail.readUInt16LE(at + 10)
  const length = tail.readUInt32LE(at + 12)
  const offset = tail.readUInt32LE(at + 16)
  if (length > DIRECTORY_AT_MOST || offset + length > size) throw new Error('the archive is damaged')
  const directory = await read(handle, offset, length)
  for (let entry = 0, place = 0; entry < entries && place + 46 <= length; entry++) {
    if (directory.readUInt32LE(place) !== DIRECTORY_ENTRY) break
    const nameEnd = place + 46 + directory.readUInt16LE(place + 28)
    if (directory.toString('utf8', place + 46, nameEnd) === name)
      return {
        method: directory.readUInt16LE(place + 10),
        packedBytes: directory.readUInt32LE(place + 20),
        sizeBytes: directory.readUInt32LE(place + 24),
        offset: directory.readUInt32LE(place + 42),
      }
    place = nameEnd + directory.readUInt16LE(place + 30) + directory.readUInt16LE(place + 32)
  }
  throw new Error(`there is no ${name} in the archive`)
}

async function read(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  let done = 0
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, length - done, position + done)
    if (bytesRead === 0) throw new Error('the archive is cut short')
    done += bytesRead
  }
  return bytes
}

/** Passes bytes on; fails as soon as there are more than promised, and at the end when there are fewer. */
function exactly(sizeBytes: number): Transform {
  let passed = 0
  const wrong = () => new Error('the archive does not hold what it promises')
  return new Transform({
    transform(bytes: Buffer, _encoding, done) {
      passed += bytes.length
      done(passed > sizeBytes ? wrong() : null, bytes)
    },
    flush: (done) => done(passed === sizeBytes ? null : wrong()),
  })
}
