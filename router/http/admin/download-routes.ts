/** Where local models come from: downloads from the hub, GGUF files of this machine, other servers on it. */
import { z } from 'zod'
import { repositoryName, revisionName } from '../../backends/index.ts'
import type { DownloadControl } from '../../control/download-control.ts'
import type { FoundServers } from '../../control/found-servers.ts'
import type { GgufFolder } from '../../control/gguf-folder.ts'
import type { HubControl } from '../../control/hub-control.ts'
import type { StarterControl } from '../../control/starter-control.ts'
import type { SuggestionControl } from '../../control/suggestion-control.ts'
import { type AdminApp, byOf, type Tell } from './admin-app.ts'

export interface DownloadRouteParts {
  readonly sources: {
    readonly downloads: DownloadControl
    readonly starter: Pick<StarterControl, 'view' | 'offer' | 'change' | 'remove'>
    readonly hub: HubControl
    readonly suggestions: SuggestionControl
    readonly ggufs: GgufFolder
    readonly foundServers: FoundServers
  }
  readonly tell: Tell
}

const path = z.string().min(1).max(4096)
const url = z.string().min(1).max(300)
const one = z.object({ id: z.string().max(100) })
const STARTER = 'starter'

export function addDownloadRoutes(app: AdminApp, { sources, tell }: DownloadRouteParts): void {
  const { downloads, starter, hub } = sources

  app.get('/admin/downloads', { schema: { summary: 'Model downloads, the starter model among them' } }, async () => ({
    downloads: [starter.view(), ...downloads.list()].filter((entry) => entry !== null),
    starter: starter.offer(),
    disk_free_bytes: await downloads.freeBytes(),
  }))
  app.post(
    '/admin/downloads',
    {
      schema: {
        summary: 'Get a model file of the hub',
        body: z.strictObject({ repo: repositoryName, file: z.string().min(1).max(1000), revision: revisionName.nullish() }),
      },
    },
    async (request, reply) => {
      const { repo, file, revision } = request.body
      const added = await downloads.add({ repository: repo, path: file, revision: revision ?? null })
      tell(request, 'model', `download of ${repo}/${file}`)
      reply.code(201)
      return added
    },
  )
  app.patch(
    '/admin/downloads/:id',
    { schema: { summary: 'Pause it, or go on', params: one, body: z.strictObject({ state: z.enum(['paused', 'queued']) }) } },
    async (request) => {
      const { id } = request.params
      if (id !== STARTER) return await downloads.change(id, request.body.state)
      await starter.change(request.body.state)
      return starter.view()
    },
  )
  app.delete('/admin/downloads/:id', { schema: { summary: 'Stop it and remove what has come', params: one } }, async (request, reply) => {
    const { id } = request.params
    if (id === STARTER) await starter.remove()
    else await downloads.remove(id)
    reply.code(204)
  })

  app.get('/admin/hub', { schema: { summary: 'Which model hub, and whether a token of it is stored' } }, async () => ({
    origin: hub.origin,
    has_token: await hub.hasToken(),
  }))
  app.get(
    '/admin/hub/search',
    { schema: { summary: 'Repositories with GGUF files', querystring: z.object({ q: z.string().trim().min(1).max(200) }) } },
    async (request) => ({ results: await hub.search(request.query.q) }),
  )
  app.get(
    '/admin/hub/model',
    { schema: { summary: 'Files of a repository, each with its fit', querystring: z.object({ repo: repositoryName }) } },
    async (request) => ({ ...(await hub.model(request.query.repo)), disk_free_bytes: await downloads.freeBytes() }),
  )
  app.get(
    '/admin/hub/suggestions',
    { schema: { summary: 'A quick model and the best that fits this machine; the hub is not asked' } },
    async () => await sources.suggestions.view(),
  )
  app.put(
    '/admin/hub/token',
    {
      schema: {
        summary: 'Store a token of the hub, or remove it with null; it is never shown again',
        body: z.strictObject({ token: z.string().max(500).nullable() }),
      },
    },
    async (request) => {
      await hub.setToken(request.body.token === null ? null : request.body.token.trim())
      tell(request, 'key', `hub token ${request.body.token === null ? 'removed' : 'stored'}`)
      return { origin: hub.origin, has_token: await hub.hasToken() }
    },
  )

  app.get('/admin/gguf/known', { schema: { summary: 'Model folders of other programs, with counts' } }, async () => ({
    folders: await sources.ggufs.known(),
  }))
  app.post(
    '/admin/gguf/look',
    { schema: { summary: 'GGUF files of a file or folder of this machine', body: z.strictObject({ path }) } },
    async (request) => await sources.ggufs.look(request.body.path),
  )
  app.post(
    '/admin/gguf/add',
    {
      schema: {
        summary: 'Use GGUF files where they lie',
        body: z.strictObject({
          files: z
            .array(z.strictObject({ path, name: z.string().trim().min(1).max(256) }))
            .min(1)
            .max(200),
        }),
      },
    },
    async (request) => {
      const result = await sources.ggufs.add(request.body.files)
      for (const name of result.added) tell(request, 'model', `${name} added`)
      return result
    },
  )

  app.get('/admin/found-servers', { schema: { summary: 'Other model servers of this machine' } }, async () => ({
    servers: await sources.foundServers.list(),
  }))
  app.post(
    '/admin/found-servers/use',
    {
      schema: {
        summary: 'Add one as a provider, with its models',
        body: z.strictObject({ url, models: z.array(z.string().max(256)).max(200).nullish() }),
      },
    },
    async (request) => {
      const result = await sources.foundServers.use(request.body.url, request.body.models ?? null)
      tell(request, 'provider', `${result.provider} added with ${result.models.length} models (${byOf(request)})`)
      return result
    },
  )
  app.post('/admin/found-servers/dismiss', { schema: { summary: 'Not now', body: z.strictObject({ url }) } }, async (request, reply) => {
    sources.foundServers.dismiss(request.body.url)
    reply.code(204)
  })
}
