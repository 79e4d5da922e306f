/** Waits for the tool's first request and says what came of it: by its key, else by the name under which it calls. */
import { CircleCheck, Radio, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import type { ConnectView, ToolView } from '../api/keys.ts'
import type { RequestRow } from '../api/types.ts'
import { RelativeTime } from '../parts/relative-time.tsx'
import { useAdminEvents } from '../state/admin-events.ts'
import { linkTo } from '../state/place.ts'
import { announce } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { whatFailed } from '../words/reasons.ts'
import { lastCallOf } from './tool-list.tsx'

const words = strings.connect.test
type Row = RequestRow & { readonly key_id?: string | null }

export function ListeningTest({ tool, view, keyId }: { tool: ToolView; view: ConnectView; keyId: string | null }) {
  const [row, setRow] = useState<Row | null>(null)
  const [other, setOther] = useState<string | null>(null)
  useAdminEvents((event) => {
    if (event.type !== 'request' && event.type !== 'request-ended') return
    const request = event.request as Row
    const isIt = (keyId !== null && request.key_id === keyId) || request.tool === tool.name || tool.callers.includes(request.tool)
    if (!isIt) return setOther(request.tool === 'Browser' ? other : request.tool)
    // The first one counts, unless it was refused: then the next may be the one that works.
    if (row !== null && row.id !== request.id && !isRefused(row)) return
    setRow(request)
    if (event.type === 'request-ended') announce(isRefused(request) ? words.refused(tool.name) : words.called(tool.name))
  })
  const last = lastCallOf(tool, view)
  const state = row === null ? 'waiting' : isRefused(row) ? 'refused' : row.status === null ? 'running' : 'called'
  return (
    <div className={`listening ${state}`} role="status">
      {state === 'called' ? (
        <CircleCheck className="icon" size={16} strokeWidth={2} aria-hidden />
      ) : state === 'refused' ? (
        <TriangleAlert className="icon" size={16} strokeWidth={1.75} aria-hidden />
      ) : (
        <Radio className="icon" size={16} strokeWidth={1.75} aria-hidden />
      )}
      <div>
        <b>
          {state === 'called'
            ? words.called(tool.name)
            : state === 'refused'
              ? words.refused(tool.name)
              : state === 'running'
                ? words.running(tool.name)
                : words.listening(tool.name)}
        </b>
        {row === null ? (
          <>
            <div>{tool.group === 'library' || tool.group === 'terminal' ? words.run : words.how(tool.name)}</div>
            {other !== null && <div>{words.other(other)}</div>}
          </>
        ) : (
          <div>
            {isRefused(row)
              ? (row.error?.message ?? whatFailed(row.error?.code ?? null, row.status))
              : row.duration_ms === null
                ? row.deployment
                : words.answered(row.deployment ?? '', row.lane, row.duration_ms)}{' '}
            {row.status !== null && <a href={linkTo('activity', row.id)}>{words.see}</a>}
          </div>
        )}
      </div>
      {row === null && last && (
        <span className="caption push">
          {words.last} <RelativeTime at={last.at} />
        </span>
      )}
    </div>
  )
}

const isRefused = ({ status }: Row) => status !== null && status >= 400
