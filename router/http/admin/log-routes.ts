/** The log, as far as memory and the end of the file go, and the support bundle. */
import { z } from 'zod'
import type { LogEntry } from '../../telemetry/log-entry.ts'
import type { LogQuery } from '../../telemetry/log-ring.ts'
import type { AdminApp } from './admin-app.ts'

export interface LogRouteParts {
  readonly logs: {
    list(query: LogQuery): readonly LogEntry[]
    /** Ids of another run count anew. */
    readonly run: string
    /** The router's own file, and the one that `logging.output` names. */
    files(): readonly string[]
  }
  readonly supportBundle: () => unknown
}

const logQuery = z.object({
  source: z.enum(['router', 'engine']).optional(),
  level: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  before: z.coerce.number().int().min(0).optional(),
  after: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(5_000).default(500),
  q: z.string().max(200).optional(),
})

export function addLogRoutes(app: AdminApp, { logs, supportBundle }: LogRouteParts): void {
  app.get(
    '/admin/logs',
    { schema: { summary: 'The last log lines, oldest first; `before` and `after` are ids of one run', querystring: logQuery } },
    async ({ query }) => {
      const { source = null, level, before = null, after = null, limit, q } = query
      const lines = logs.list({ source, level, before, after, limit, text: q?.trim() || null })
      return { run: logs.run, files: logs.files(), lines: lines.map(lineView) }
    },
  )
  app.post('/admin/support-bundle', { schema: { summary: 'What helps to find a fault, without prompts, answers and credentials' } }, async () =>
    supportBundle(),
  )
}

export function lineView(line: LogEntry): Record<string, unknown> {
  return { ...line, at: new Date(line.at).toISOString() }
}
