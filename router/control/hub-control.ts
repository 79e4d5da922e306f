/** The model hub as people see it: what a search finds, and which files of a repository fit this machine. */
import type { Hub, HubModel, HubRepository } from '../backends/index.ts'
import { HeadgateError } from '../core/errors.ts'
import type { SecretStore } from '../core/host.ts'
import { Secret } from '../core/secret.ts'
import { type Fit, fitOf } from '../engine/memory-fit.ts'

export interface HubFileView {
  /** Path in the repository; of a split model its first part. */
  readonly file: string
  readonly quantization: string | null
  readonly size_bytes: number
  /** Of a model that is one file; null = the hub publishes none, or one for each part. */
  readonly sha256: string | null
  readonly parts: number
  readonly fit: Fit
  readonly problem: string | null
}

export interface HubModelView {
  readonly repo: string
  readonly revision: string
  readonly gated: boolean
  readonly licence: string | null
  readonly architecture: string | null
  readonly parameters: number | null
  readonly context: number | null
  readonly files: readonly HubFileView[]
}

export interface HubControl {
  search(
    query: string,
  ): Promise<readonly { readonly repo: string; readonly downloads: number | null; readonly likes: number | null; readonly gated: boolean }[]>
  model(repository: string): Promise<HubModelView>
  hasToken(): Promise<boolean>
  /** Null removes it. It is good for this hub's origin only. */
  setToken(token: string | null): Promise<void>
  /** Address of the hub, for links and words. */
  readonly origin: string
}

export interface HubControlParts {
  readonly hub: Hub
  readonly origin: string
  readonly secrets: SecretStore
  readonly room: () => { readonly contextTokens: number; readonly ofBytes: number }
}

/** Name of the secret: another origin never gets it (security page, e64). */
export const tokenName = (origin: string) => `hub-token ${origin}`

export function createHubControl({ hub, origin, secrets, room }: HubControlParts): HubControl {
  return {
    origin,
    async search(query) {
      return (await hub.search(query)).map(({ repository, downloads, likes, gated }: HubModel) => ({ repo: repository, downloads, likes, gated }))
    },
    async model(repository) {
      const found = await hub.repository(repository, null)
      const { revision, gated, licence, architecture, parameters, context } = found
      return { repo: found.repository, revision, gated, licence, architecture, parameters, context, files: filesOf(found, room()) }
    },
    hasToken: async () => (await secrets.get(tokenName(origin))) !== null,
    async setToken(token) {
      if (token === null) return await secrets.remove(tokenName(origin))
      if (!/^[\x21-\x7e]{8,500}$/.test(token))
        throw new HeadgateError('invalid-request', 'A hub token is one word, such as hf_….', { code: 'invalid_value', param: 'token' })
      await secrets.set(tokenName(origin), new Secret(token))
    },
  }
}

function filesOf({ files, parameters, context }: HubRepository, room: ReturnType<HubControlParts['room']>): readonly HubFileView[] {
  return files.map(({ path, quantization, sizeBytes, parts, problem }) => ({
    file: path,
    quantization,
    size_bytes: sizeBytes,
    sha256: parts.length === 1 ? (parts[0]?.sha256 ?? null) : null,
    parts: parts.length,
    fit: fitOf({ sizeBytes, parameters, trainedContext: context, layout: null }, room),
    problem,
  }))
}
