/** Providers: what they are and how they do, their models, a test; and those that no file sets can be added, changed and removed. Invariant: no answer holds a key. */
import { z } from 'zod'
import type { ProviderControl } from '../../control/provider-control.ts'
import type { ProviderKindView } from '../../control/provider-kinds.ts'
import type { ProviderTester } from '../../control/provider-test.ts'
import type { ProviderView } from '../../control/provider-view.ts'
import { HeadgateError } from '../../core/errors.ts'
import type { AdminApp, Tell } from './admin-app.ts'

export interface ProviderRouteParts {
  readonly providers: {
    readonly list: () => readonly ProviderView[]
    readonly kinds: () => readonly ProviderKindView[]
    readonly control: ProviderControl
    readonly tester: ProviderTester
    /** The operating system keeps the keys (Keychain); else a file that only its owner can read. */
    readonly keysAreProtected: boolean
  }
  readonly tell: Tell
}

const named = z.object({ name: z.string().min(1).max(128) })
const key = z.string().max(8192)
const url = z.string().max(2048)
const headers = z.record(z.string().max(100), z.string().max(1000))

/** Checked in depth by the schema of models.yaml, which it becomes an entry of. */
const change = {
  kind: z.string().max(100).nullish(),
  base_url: url.nullish(),
  api_key: key.nullish(),
  default_model: z.string().max(256).nullish(),
  headers: headers.nullish(),
  max_in_flight: z.int().min(1).max(100_000).nullish(),
  region: z.string().max(100).nullish(),
  priority: z.int().min(0).max(1_000_000).nullish(),
  disabled: z.boolean().nullish(),
  budget: z
    .strictObject({ usd: z.number().min(0).max(1e6), per: z.enum(['day', 'month']) })
    .nullish()
    .describe('US dollars; used up, the provider is asked only where nobody else can answer'),
}
const testOf = { paid: z.boolean().default(false), model: z.string().min(1).max(256).optional() }

export function addProviderRoutes(app: AdminApp, { providers, tell }: ProviderRouteParts): void {
  const view = (name: string) => {
    const found = providers.list().find((each) => each.name === name)
    if (!found) throw new HeadgateError('not-found', `There is no provider ${name.slice(0, 200)}.`, { code: 'provider_not_found' })
    return found
  }

  app.get('/admin/providers', { schema: { summary: 'Providers, how they do and what they cost' } }, async () => ({
    providers: providers.list(),
    keys_are_protected: providers.keysAreProtected,
  }))
  app.get('/admin/provider-kinds', { schema: { summary: 'Kinds of providers that can be added' } }, async () => ({ kinds: providers.kinds() }))
  app.post(
    '/admin/providers',
    {
      schema: {
        summary: 'Add a provider, as models.yaml would hold it',
        body: z.strictObject({ name: z.string().trim().min(1).max(128), ...change }),
      },
    },
    async (request, reply) => {
      const { name, ...entry } = request.body
      const notes = await providers.control.add(name, entry)
      tell(request, 'provider', `${name} added`)
      reply.code(201)
      return { ...view(name), notes }
    },
  )
  app.post(
    '/admin/providers/test',
    {
      schema: {
        summary: 'Test a provider before it is added: a free look, unless paid',
        body: z.strictObject({
          name: z.string().max(128).optional(),
          kind: z.string().max(100).optional(),
          base_url: url.optional(),
          api_key: key.optional(),
          headers: headers.optional(),
          ...testOf,
        }),
      },
    },
    async (request) => await providers.tester.testUnsaved(request.body, request.body.paid),
  )
  app.post(
    '/admin/providers/:name/test',
    {
      schema: {
        summary: 'Test a provider: a free look, unless paid',
        params: named,
        body: z.strictObject({ ...testOf, api_key: key.min(1).optional() }),
      },
    },
    async (request) => {
      const { paid, model = null, api_key: apiKey = null } = request.body
      return await providers.tester.test(request.params.name, { paid, model, apiKey })
    },
  )
  app.get('/admin/providers/:name/models', { schema: { summary: 'Models that the provider lists', params: named } }, async (request) =>
    providers.tester.models(request.params.name),
  )
  app.patch(
    '/admin/providers/:name',
    {
      schema: {
        summary: 'Change a provider; of one that a file sets only whether it is on, and a key that is not set there',
        params: named,
        body: z.strictObject(change),
      },
    },
    async (request) => {
      const { name } = request.params
      const notes = await providers.control.change(name, request.body)
      tell(request, 'provider', `${name} changed: ${Object.keys(request.body).join(', ')}`)
      return { ...view(name), notes }
    },
  )
  app.delete(
    '/admin/providers/:name',
    { schema: { summary: 'Remove a provider that no file sets, and its key', params: named } },
    async (request, reply) => {
      await providers.control.remove(request.params.name)
      tell(request, 'provider', `${request.params.name} removed`)
      reply.code(204)
    },
  )
}
