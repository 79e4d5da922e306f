/** Every effective setting with its source, and the switches that the panel and the tray set. */
import { z } from 'zod'
import type { Registry } from '../../registry/index.ts'
import type { AdminApp, Tell } from './admin-app.ts'

export interface SettingRouteParts {
  readonly registry: Registry
  readonly settings: () => readonly { path: string; value: unknown; source: string }[]
  readonly tell: Tell
}

export function addSettingRoutes(app: AdminApp, parts: SettingRouteParts): void {
  app.get('/admin/settings', { schema: { summary: 'Every effective setting with its source' } }, async () => ({
    settings: parts.settings(),
    paused: parts.registry.settings.get('paused'),
    require_key: parts.registry.settings.get('requireKey'),
  }))
  app.put(
    '/admin/settings',
    {
      schema: {
        summary: 'Pause, resume, require a key',
        body: z.strictObject({ paused: z.boolean().optional(), require_key: z.boolean().nullable().optional() }),
      },
    },
    async (request) => {
      const { paused, require_key } = request.body
      const { settings } = parts.registry
      if (paused !== undefined && paused !== settings.get('paused')) {
        settings.set('paused', paused)
        parts.tell(request, 'paused', paused ? 'on' : 'off')
      }
      if (require_key !== undefined && require_key !== settings.get('requireKey')) {
        settings.set('requireKey', require_key)
        parts.tell(request, 'require-key', require_key === null ? 'as the files say' : require_key ? 'on' : 'off')
      }
      return { paused: settings.get('paused'), require_key: settings.get('requireKey') }
    },
  )
}
