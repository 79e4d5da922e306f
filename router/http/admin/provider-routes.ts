/** Providers. */
import type { ModelControl } from '../../control/model-control.ts'
import type { AdminApp } from './admin-app.ts'

export interface ProviderRouteParts {
  readonly models: ModelControl
}

export function addProviderRoutes(app: AdminApp, parts: ProviderRouteParts): void {
  app.get('/admin/providers', { schema: { summary: 'Providers as configured' } }, async () => ({ providers: parts.models.providers() }))
}
