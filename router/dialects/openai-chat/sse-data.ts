/** Reads the data of one whole server-sent event, by the rules of the HTML standard. */

/**
 * The event's data lines joined by line feeds; null where it has none (comments, blank lines, other fields). `data:` with and without the
 * space, every line ending, a leading byte order mark. Bytes that are no UTF-8 become replacement characters, as in every client.
 */
export function readSseData(bytes: Uint8Array): string | null {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const plain = singleDataLine(buffer)
  if (plain !== null) return plain
  let data: string | null = null
  for (const line of buffer
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)) {
    if (!line.startsWith('data') || (line.length > 4 && line[4] !== ':')) continue
    const value = line.slice(line[5] === ' ' ? 6 : 5)
    data = data === null ? value : `${data}\n${value}`
  }
  return data
}

/** `data: …` LF LF and nothing else, as nearly every event of every provider is. */
function singleDataLine(buffer: Buffer): string | null {
  if (buffer[0] !== 0x64 || buffer[1] !== 0x61 || buffer[2] !== 0x74 || buffer[3] !== 0x61 || buffer[4] !== 0x3a) return null
  const end = buffer.indexOf(0x0a, 5)
  if (end < 0 || end !== buffer.length - 2 || buffer[end + 1] !== 0x0a || buffer.includes(0x0d)) return null
  return buffer.toString('utf8', buffer[5] === 0x20 ? 6 : 5, end)
}
