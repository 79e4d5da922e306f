/** The Overview and the split. */
import { z } from 'zod'
import type { Overview } from '../../control/overview.ts'
import type { SplitControl } from '../../control/split-control.ts'
import { presets } from '../../core/split.ts'
import { type AdminApp, byOf } from './admin-app.ts'

export interface SplitRouteParts {
  readonly split: SplitControl
  readonly overview: Overview
}

const splitChange = z.strictObject({
  remote_share: z.number().min(0).max(1).optional(),
  fallback: z.boolean().optional(),
  lock: z.enum(['local', 'remote']).nullable().optional(),
  preset: z.enum(['local-only', 'prefer-local', 'balanced', 'prefer-remote', 'remote-only']).optional(),
})

export function addSplitRoutes(app: AdminApp, parts: SplitRouteParts): void {
  app.get('/admin/overview', { schema: { summary: 'Everything the Overview shows' } }, async () => parts.overview.whole())
  app.get('/admin/split', { schema: { summary: 'The split in force, set against actual' } }, async () => parts.overview.split())
  app.put('/admin/split', { schema: { summary: 'Override the split', body: splitChange } }, async (request) => {
    const { remote_share, fallback, lock, preset } = request.body
    parts.split.change(
      {
        ...(preset === undefined ? {} : presets[preset]),
        ...(remote_share === undefined ? {} : { remoteShare: remote_share }),
        ...(fallback === undefined ? {} : { fallback }),
        ...(lock === undefined ? {} : { lock }),
      },
      byOf(request),
    )
    return parts.overview.split()
  })
  app.delete('/admin/split', { schema: { summary: 'Remove the override' } }, async (request) => {
    parts.split.reset(byOf(request))
    return parts.overview.split()
  })
}
