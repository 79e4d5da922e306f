/** The declared edits of a pass-through request, as splices: everything that is not named here stays the caller's bytes. */
import type { RequestEdits } from '../../core/dialect.ts'
import { type ParsedBody, parseBody } from '../../core/json-text.ts'
import { isRecord } from './wire.ts'

interface Splice {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Sets `model`, and `stream_options.include_usage` where asked. Returns the very same bytes when nothing changes. */
export function edit(body: ParsedBody, edits: RequestEdits): Uint8Array {
  const splices: Splice[] = []
  const missing: string[] = []
  setModel(body, edits.model, splices, missing)
  if (edits.askForUsage) setUsage(body, splices, missing)
  if (missing.length > 0) {
    const start = body.bytes.indexOf(0x7b) + 1
    splices.push({ start, end: start, text: missing.join(',') + (body.members.size > 0 ? ',' : '') })
  }
  return splices.length === 0 ? body.bytes : spliced(body.bytes, splices)
}

/** Did the caller ask for the usage event at the end of the stream? */
export function wantsUsage(body: ParsedBody): boolean {
  const options = body.value['stream_options']
  return isRecord(options) && options['include_usage'] === true
}

function setModel(body: ParsedBody, model: string, splices: Splice[], missing: string[]): void {
  if (body.value['model'] === model) return
  const span = body.members.get('model')
  if (span) splices.push({ ...span, text: JSON.stringify(model) })
  else missing.push(`"model":${JSON.stringify(model)}`)
}

function setUsage(body: ParsedBody, splices: Splice[], missing: string[]): void {
  const options = body.value['stream_options']
  const span = body.members.get('stream_options')
  if (!span) missing.push('"stream_options":{"include_usage":true}')
  else if (options === null) splices.push({ ...span, text: '{"include_usage":true}' })
  else if (isRecord(options) && options['include_usage'] !== true) {
    const inner = parseBody(body.bytes.subarray(span.start, span.end))
    const old = inner.members.get('include_usage')
    if (old) splices.push({ start: span.start + old.start, end: span.start + old.end, text: 'true' })
    else splices.push({ start: span.start + 1, end: span.start + 1, text: `"include_usage":true${inner.members.size > 0 ? ',' : ''}` })
  } // anything else is no object: the provider's own refusal is the truer one
}

function spliced(bytes: Uint8Array, splices: readonly Splice[]): Uint8Array {
  const pieces: Uint8Array[] = []
  let from = 0
  for (const { start, end, text } of splices.toSorted((a, b) => a.start - b.start)) {
    pieces.push(bytes.subarray(from, start), Buffer.from(text))
    from = end
  }
  pieces.push(bytes.subarray(from))
  return Buffer.concat(pieces)
}
