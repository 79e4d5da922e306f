/** What every group of admin routes is given: the typed Fastify scope, and how a change is told. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { RouterEvent } from '../../core/events.ts'

/** The admin scope: schemas are zod, bodies and queries arrive typed. */
export type AdminApp = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>

type SettingChange = Extract<RouterEvent, { type: 'setting-changed' }>

/** Tells on the bus what was changed, and by whom. */
export type Tell = (request: FastifyRequest, what: SettingChange['what'], detail: string) => void

/** Who changes something, as it says itself; the panel says nothing. */
export function byOf(request: FastifyRequest): string {
  const by = request.headers['x-headgate-by']
  return by === 'cli' || by === 'tray' ? by : 'panel'
}
