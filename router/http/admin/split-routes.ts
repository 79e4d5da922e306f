/** The Overview and the split: what is set, a lock for a time, a model's own share, and what another share would change. */
import { z } from 'zod'
import type { ModelShares } from '../../control/model-share.ts'
import type { Overview } from '../../control/overview.ts'
import type { SplitControl } from '../../control/split-control.ts'
import { overrideView } from '../../control/split-view.ts'
import type { WhatIf } from '../../control/what-if.ts'
import { tomorrowAtSix } from '../../core/clock.ts'
import { HeadgateError } from '../../core/errors.ts'
import { presets } from '../../core/split.ts'
import { type AdminApp, byOf } from './admin-app.ts'

export interface SplitRouteParts {
  readonly split: SplitControl
  readonly overview: Overview
  readonly modelShares: ModelShares
  readonly whatIf: WhatIf
  /** Wall clock, ms. */
  readonly now: () => number
}

const share = z.number().min(0).max(1)
const lock = z.enum(['local', 'remote'])
const setting = { remote_share: share.optional(), fallback: z.boolean().optional(), lock: lock.nullable().optional() }
const splitChange = z.strictObject({
  ...setting,
  preset: z.enum(['local-only', 'prefer-local', 'balanced', 'prefer-remote', 'remote-only']).optional(),
  keep_sessions: z.boolean().optional().describe('Conversations that run stay where they are'),
})
const trial = z.strictObject({ ...setting, hours: z.number().min(1).max(168).default(24) })
const override = z.strictObject({
  lock,
  until: z.union([z.enum(['30m', '1h', 'tomorrow', 'forever']), z.iso.datetime({ offset: true })]).describe('`forever` = until it is ended'),
})
const named = z.object({ name: z.string().min(1).max(256) })
const HOUR_MS = 3_600_000

export function addSplitRoutes(app: AdminApp, parts: SplitRouteParts): void {
  const { split, now } = parts
  app.get('/admin/overview', { schema: { summary: 'Everything the Overview shows' } }, async () => parts.overview.whole())
  app.get('/admin/split', { schema: { summary: 'The split in force, set against actual' } }, async () => parts.overview.split())
  app.put('/admin/split', { schema: { summary: 'Override the split', body: splitChange } }, async (request) => {
    const { preset, keep_sessions: keepsSessions = false } = request.body
    split.change({ ...(preset === undefined ? {} : presets[preset]), ...settingOf(request.body) }, byOf(request), { keepsSessions })
    return parts.overview.split()
  })
  app.delete('/admin/split', { schema: { summary: 'Remove the override' } }, async (request) => {
    split.reset(byOf(request))
    return parts.overview.split()
  })
  app.post(
    '/admin/what-if',
    { schema: { summary: 'The requests of the last hours, decided once more under another split', body: trial } },
    (request) => parts.whatIf.ask(settingOf(request.body), request.body.hours),
  )

  app.put('/admin/override', { schema: { summary: 'Lock to one lane for a time; replaces an earlier one', body: override } }, async (request) => {
    const until = endOf(request.body.until, now())
    if (until !== null && until <= now())
      throw new HeadgateError('invalid-request', 'This moment is over already.', { param: 'until', code: 'invalid_value' })
    split.setOverride(request.body.lock, until, byOf(request))
    return overrideView(split)
  })
  app.post('/admin/override/extend', { schema: { summary: 'One hour more' } }, async (request) => {
    const current = split.override()
    if (current === null) throw new HeadgateError('not-found', 'No lane is locked for a time.', { code: 'override_not_found' })
    if (current.until !== null) split.setOverride(current.lock, current.until + HOUR_MS, byOf(request))
    return overrideView(split)
  })
  app.delete('/admin/override', { schema: { summary: 'End it now; what was set before is in force again' } }, async (request) => {
    split.endOverride(byOf(request))
    return parts.overview.split()
  })

  app.put(
    '/admin/models/:name/split',
    {
      schema: {
        summary: 'A model’s own share, also where a file sets one; null = it follows',
        params: named,
        body: z.strictObject({ remote_share: share.nullable() }),
      },
    },
    async (request) => parts.modelShares.set(request.params.name, request.body.remote_share, byOf(request)),
  )
  app.delete('/admin/models/:name/split', { schema: { summary: 'Back to what the files say', params: named } }, async (request) =>
    parts.modelShares.set(request.params.name, undefined, byOf(request)),
  )
  app.put(
    '/admin/models/:name/lock',
    {
      schema: {
        summary: 'The only lane that a model may use, also where a file sets one; null = both',
        params: named,
        body: z.strictObject({ lock: lock.nullable() }),
      },
    },
    async (request) => parts.modelShares.setLock(request.params.name, request.body.lock, byOf(request)),
  )
  app.delete('/admin/models/:name/lock', { schema: { summary: 'Back to what the files say', params: named } }, async (request) =>
    parts.modelShares.setLock(request.params.name, undefined, byOf(request)),
  )
}

function settingOf({ remote_share, fallback, lock: to }: { readonly [Name in keyof typeof setting]?: z.infer<(typeof setting)[Name]> }) {
  return {
    ...(remote_share === undefined ? {} : { remoteShare: remote_share }),
    ...(fallback === undefined ? {} : { fallback }),
    ...(to === undefined ? {} : { lock: to }),
  }
}

/** Wall clock, ms; null = no end. */
function endOf(until: string, nowMs: number): number | null {
  if (until === 'forever') return null
  if (until === '30m') return nowMs + HOUR_MS / 2
  if (until === '1h') return nowMs + HOUR_MS
  return until === 'tomorrow' ? tomorrowAtSix(nowMs) : Date.parse(until)
}
