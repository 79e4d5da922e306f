/** Makes a recorded request ready to be sent once more, on a lane of one's choice. Invariant: the conversation that it was part of stays where it is. */
import type { Lane } from '../core/deployment.ts'
import type { Dialect } from '../core/dialect.ts'
import { HeadgateError } from '../core/errors.ts'
import { parseBody } from '../core/json-text.ts'
import type { RecordingStore, RequestStore } from '../registry/index.ts'
import { mask } from './redact.ts'

/** Under this name the repeated request stands in the ledger. */
export const panelTool = 'Headgate panel'

export interface RepeatedRequest {
  readonly dialect: Dialect
  readonly bytes: Uint8Array
  readonly headers: Readonly<Record<string, string>>
}

export interface RepeatParts {
  readonly requests: Pick<RequestStore, 'get'>
  readonly recordings: Pick<RecordingStore, 'get'>
  readonly dialectOf: (name: string) => Dialect
}

/** `newId`: the id of the request that it becomes. Throws 404 `request_not_found` and 409 `body_not_recorded`, in words. */
export function repeatedRequest(id: string, lane: Lane, newId: string, parts: RepeatParts): RepeatedRequest {
  const found = parts.requests.get(id)
  if (!found) throw new HeadgateError('not-found', 'No such request.', { code: 'request_not_found' })
  const recording = parts.recordings.get(id)
  if (!recording) throw notRecorded('Its body was not recorded, so it cannot be sent again.')
  if (recording.isBodyCut) throw notRecorded('Its body is longer than 1 MiB and was recorded in part only, so it cannot be sent again.')
  const dialect = parts.dialectOf(found.row.dialect)
  const body = parseBody(recording.body)
  const { model } = body.value
  // The lane in a model's name would contradict the one that is wanted now.
  const plain = typeof model === 'string' ? model.replace(/@(?:local|remote)$/, '') : null
  const bytes = plain === null || plain === model ? recording.body : dialect.edit(body, { model: plain, askForUsage: false })
  const kept = Object.entries(recording.headers).filter(([name, value]) => name.startsWith('x-') && value !== mask && !setHere.has(name))
  return {
    dialect,
    bytes,
    headers: {
      ...Object.fromEntries(kept),
      'content-type': 'application/json',
      'user-agent': panelTool,
      'x-headgate-route': lane,
      // A session of its own: the lane asked for here is no reason to move a conversation.
      'x-headgate-session': newId,
    },
  }
}

const setHere: ReadonlySet<string> = new Set(['x-headgate-route', 'x-headgate-session'])

const notRecorded = (message: string) =>
  new HeadgateError('invalid-request', message, {
    status: 409,
    code: 'body_not_recorded',
    howToFix: 'Record the next requests in Activity, then repeat one of those.',
  })
