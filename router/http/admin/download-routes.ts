/** Model downloads. */
import type { AdminApp } from './admin-app.ts'

export interface DownloadRouteParts {
  readonly download: () => Record<string, unknown> | null
}

export function addDownloadRoutes(app: AdminApp, parts: DownloadRouteParts): void {
  app.get('/admin/downloads', { schema: { summary: 'Model downloads' } }, async () => ({
    downloads: [parts.download()].filter((entry) => entry !== null),
  }))
}
