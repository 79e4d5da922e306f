/** Guards: what a person may say of those that fire. Which are on is a setting. */
import { z } from 'zod'
import type { GuardView } from '../../control/guard-view.ts'
import type { Guards } from '../../control/guards.ts'
import { guardKinds } from '../../core/guard.ts'
import { type AdminApp, byOf } from './admin-app.ts'

export interface GuardRouteParts {
  readonly guards: Pick<Guards, 'undo' | 'redo' | 'closeOffer' | 'offersBattery'>
  readonly guardViews: () => readonly GuardView[]
}

const named = z.object({ kind: z.enum(guardKinds) })

export function addGuardRoutes(app: AdminApp, { guards, guardViews }: GuardRouteParts): void {
  const view = () => ({ guards: guardViews(), offers_battery: guards.offersBattery() })
  app.get('/admin/guards', { schema: { summary: 'What moves requests by itself now' } }, async () => view())
  app.put('/admin/guards/:kind/undo', { schema: { summary: 'It does not act until tomorrow, 06:00', params: named } }, async (request) => {
    guards.undo(request.params.kind, byOf(request))
    return view()
  })
  app.delete('/admin/guards/:kind/undo', { schema: { summary: 'It acts again', params: named } }, async (request) => {
    guards.redo(request.params.kind, byOf(request))
    return view()
  })
  app.delete('/admin/guards/offer', { schema: { summary: 'The guard of the battery is not offered again' } }, async () => {
    guards.closeOffer()
    return view()
  })
}
