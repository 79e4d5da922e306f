/** What a tool needs to be pointed here. */
import { z } from 'zod'
import type { ConnectView } from '../../control/connect.ts'
import type { AdminApp } from './admin-app.ts'

export interface ConnectRouteParts {
  readonly connect: (model: string | null) => ConnectView
}

export function addConnectRoutes(app: AdminApp, parts: ConnectRouteParts): void {
  app.get(
    '/admin/connect',
    {
      schema: { summary: 'Address, tools and their snippets for one model', querystring: z.object({ model: z.string().min(1).max(256).optional() }) },
    },
    async (request) => parts.connect(request.query.model ?? null),
  )
}
