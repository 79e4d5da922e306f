/** Reads the model hub's public API (Hugging Face shapes): search, and the GGUF files of one repository grouped by quantisation. Nothing of an answer is believed without a check. */
import { z } from 'zod'
import { HeadgateError } from '../core/errors.ts'
import type { HubConnection } from './model-download.ts'

export interface HubModel {
  /** `owner/name`. */
  readonly repository: string
  readonly downloads: number | null
  readonly likes: number | null
  readonly gated: boolean
}

export interface HubPart {
  /** Path in the repository. */
  readonly path: string
  readonly sizeBytes: number
  readonly sha256: string | null
}

/** One model to get: one file, or the parts of a split one in order. */
export interface HubFile {
  /** Path of its first part. */
  readonly path: string
  /** As the name says, e.g. `Q4_K_M`; null = it does not. */
  readonly quantization: string | null
  readonly sizeBytes: number
  readonly parts: readonly HubPart[]
  /** Why it cannot be used; null = nothing is known against it. */
  readonly problem: string | null
}

export interface HubRepository {
  readonly repository: string
  readonly revision: string
  readonly gated: boolean
  readonly licence: string | null
  /** Number of weights; null = the hub does not say. */
  readonly parameters: number | null
  readonly architecture: string | null
  readonly context: number | null
  /** Smallest first. */
  readonly files: readonly HubFile[]
}

export interface Hub {
  search(query: string): Promise<readonly HubModel[]>
  /** Throws `not-found`, `forbidden` (gated) or `unreachable`, each with a sentence. */
  repository(name: string, revision: string | null): Promise<HubRepository>
  urlOf(repository: string, revision: string, path: string): string
}

/** `owner/name` as the hub allows it; nothing else becomes part of an address. */
export const repositoryName = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/, 'a repository is named owner/name')
  .refine((name) => !name.includes('..'), 'a repository is named owner/name')
export const revisionName = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9][\w./-]*$/, 'a revision is a branch, a tag or a commit')
  .refine((name) => !name.includes('..'), 'a revision is a branch, a tag or a commit')

const whole = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER)
const gatedFlag = z.union([z.boolean(), z.string()]).nullish()
const found = z.object({ id: repositoryName, downloads: whole.nullish(), likes: whole.nullish(), gated: gatedFlag })
const sibling = z.object({
  rfilename: z.string().max(1000),
  size: whole.nullish(),
  lfs: z
    .object({
      sha256: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .nullish(),
      size: whole.nullish(),
    })
    .nullish(),
})
const repositoryInfo = z.object({
  id: repositoryName,
  sha: z
    .string()
    .regex(/^[0-9a-f]{7,64}$/)
    .nullish(),
  gated: gatedFlag,
  cardData: z.object({ license: z.union([z.string(), z.array(z.string())]).nullish() }).nullish(),
  gguf: z.object({ total: whole.nullish(), architecture: z.string().max(100).nullish(), context_length: whole.nullish() }).nullish(),
  siblings: z.array(z.unknown()).max(50_000).default([]),
})

const RESULTS = 20

export function createHub(connection: HubConnection): Hub {
  const host = new URL(connection.address.origin).host
  const garbled = () => new HeadgateError('garbled-reply', `${host} did not answer as a model hub does.`)

  async function ask(path: string, what: string): Promise<unknown> {
    const { status, body, errorCode } = await connection.json(path)
    if (status === 401 || status === 403 || errorCode === 'GatedRepo') throw noAccess(what)
    if (status === 404) throw new HeadgateError('not-found', `${what} is not on ${host}.`, { code: 'repository_not_found' })
    if (status === 429) throw new HeadgateError('unreachable', `${host} asks to wait before the next search.`, { code: 'hub_unavailable' })
    if (status !== 200) throw new HeadgateError('unreachable', `${host} answered with status ${status}.`, { code: 'hub_unavailable' })
    return body
  }

  return {
    async search(query) {
      const path = `/api/models?search=${encodeURIComponent(query)}&filter=gguf&sort=downloads&direction=-1&limit=${RESULTS}`
      const list = z.array(z.unknown()).safeParse(await ask(path, 'The search'))
      if (!list.success) throw garbled()
      return list.data.slice(0, RESULTS).flatMap((each) => {
        const model = found.safeParse(each)
        if (!model.success) return []
        const { id, downloads, likes, gated } = model.data
        return [{ repository: id, downloads: downloads ?? null, likes: likes ?? null, gated: isGated(gated) }]
      })
    },
    async repository(name, revision) {
      const path = `/api/models/${name}${revision === null ? '' : `/revision/${encodeURIComponent(revision)}`}?blobs=true`
      const info = repositoryInfo.safeParse(await ask(path, name))
      if (!info.success) throw garbled()
      const { sha, gated, cardData, gguf, siblings } = info.data
      const licence = cardData?.license
      return {
        repository: info.data.id,
        revision: sha ?? revision ?? 'main',
        gated: isGated(gated),
        licence: (Array.isArray(licence) ? licence.join(', ') : licence)?.slice(0, 100) ?? null,
        parameters: gguf?.total ?? null,
        architecture: gguf?.architecture ?? null,
        context: gguf?.context_length ?? null,
        files: modelFiles(siblings),
      }
    },
    urlOf: (repository, revision, path) =>
      `${connection.address.origin}/${repository}/resolve/${encodeURIComponent(revision)}/${path.split('/').map(encodeURIComponent).join('/')}`,
  }
}

/** What to do about a repository that asks who one is. */
export function noAccess(what: string): HeadgateError {
  return new HeadgateError(
    'forbidden',
    `${what} is gated: its owner decides who gets it. Ask for access on its page at the hub, then store a hub token here.`,
    {
      code: 'repository_gated',
      status: 409,
    },
  )
}

/** Can this path of a repository become a file of the models folder under its last name? (security page, e59) */
export function isSafePath(path: string): boolean {
  const names = path.split('/')
  return (
    path.length <= 500 &&
    !/[\p{Cc}\\:*?"<>|\u2028\u2029]/u.test(path) &&
    names.every((name) => name !== '' && !name.startsWith('.') && name.length <= 200) &&
    /\.gguf$/i.test(path)
  )
}

const isGated = (flag: boolean | string | null | undefined) => flag !== undefined && flag !== null && flag !== false && flag !== 'false'

const PART = /-(\d{5})-of-(\d{5})\.gguf$/i
/** Belong to a model, are none. */
const NO_MODEL = /(^|[-_./])(mmproj|imatrix)/i
const QUANTIZATION = /(?:^|[-_.])((?:UD-)?(?:I?Q\d(?:_[0-9A-Z]+)*|BF16|F16|FP16|F32|MXFP4(?:_MOE)?|NVFP4|TQ[12]_0))(?=[-_.]|$)/gi

/** Files that can be got, smallest first; names that would leave the models folder are not offered. */
function modelFiles(siblings: readonly unknown[]): readonly HubFile[] {
  const groups = new Map<string, HubPart[]>()
  for (const each of siblings) {
    const parsed = sibling.safeParse(each)
    if (!parsed.success) continue
    const { rfilename: path, size, lfs } = parsed.data
    if (!isSafePath(path) || NO_MODEL.test(path)) continue
    const key = path.replace(PART, (_, __, of) => `-of-${of}.gguf`)
    const part = { path, sizeBytes: lfs?.size ?? size ?? 0, sha256: lfs?.sha256 ?? null }
    groups.set(key, [...(groups.get(key) ?? []), part])
  }
  return [...groups.values()].map(modelFile).sort((a, b) => a.sizeBytes - b.sizeBytes || (a.path < b.path ? -1 : 1))
}

function modelFile(parts: readonly HubPart[]): HubFile {
  const sorted = parts.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  const first = sorted[0] as HubPart
  const count = Number(PART.exec(first.path)?.[2] ?? 1)
  const isWhole = sorted.length === count && sorted.every(({ path }, at) => count === 1 || Number(PART.exec(path)?.[1]) === at + 1)
  return {
    path: first.path,
    quantization: quantizationOf(first.path),
    sizeBytes: sorted.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    parts: sorted,
    problem: !isWhole
      ? `Only ${sorted.length} of its ${count} parts are there.`
      : sorted.some(({ sizeBytes }) => sizeBytes === 0)
        ? 'The hub does not say how large it is.'
        : null,
  }
}

/** The last word of a path that names a quantisation: folders are often named after it too. */
export function quantizationOf(path: string): string | null {
  const words = [
    ...path
      .replace(PART, '')
      .replace(/\.gguf$/i, '')
      .replaceAll('/', '.')
      .matchAll(QUANTIZATION),
  ]
  return words.at(-1)?.[1]?.toUpperCase() ?? null
}
