/** Guards over the admin API: undone until tomorrow, acting again, and the one offer. */
import type { GuardView as RouterView } from '../../router/control/guard-view.ts'
import { call } from './client.ts'

export type GuardView = RouterView

const at = (kind: string) => `/admin/guards/${kind}/undo`

export const undoGuard = (kind: GuardView['kind']): Promise<unknown> => call('PUT', at(kind), {})
export const redoGuard = (kind: GuardView['kind']): Promise<unknown> => call('DELETE', at(kind))
export const closeBatteryOffer = (): Promise<unknown> => call('DELETE', '/admin/guards/offer')
