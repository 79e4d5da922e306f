/** GGUF files of this machine, used where they lie. Invariants: nothing is copied, moved or changed; a look is bounded in depth and number, and follows no link out of the folder; only a file whose head is sound is added. */
import { type Dirent, existsSync } from 'node:fs'
import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { modelNameOf } from '../config/index.ts'
import { HeadgateError } from '../core/errors.ts'
import type { GgufFacts } from '../engine/gguf-check.ts'
import { type Fit, fitOf } from '../engine/memory-fit.ts'
import type { ModelControl } from './model-control.ts'

export interface GgufView {
  readonly path: string
  /** A free public name for it. */
  readonly name: string
  readonly size_bytes: number
  readonly architecture: string | null
  readonly parameters: number | null
  readonly quantization: string | null
  readonly context: number | null
  readonly fit: Fit | null
  /** Why it cannot be used, in words; null = it can. */
  readonly problem: string | null
  /** Name of the model that uses it already; null = none does. */
  readonly used_as: string | null
}

export interface GgufLook {
  /** Where it looked, with `~` and links resolved. */
  readonly path: string
  readonly files: readonly GgufView[]
  /** There is more than a look shows. */
  readonly truncated: boolean
}

export interface KnownFolder {
  /** The program whose folder it is. */
  readonly program: string
  readonly path: string
  readonly files: number
}

export interface GgufFolder {
  /** Folders of other programs that are there, with the number of models by name; no file is opened. */
  known(): Promise<readonly KnownFolder[]>
  /** Throws `invalid-request` with a sentence where there is nothing to look at. */
  look(path: string): Promise<GgufLook>
  /** Adds a model for each file. What cannot be added is named with its reason; the others are added. */
  add(files: readonly { readonly path: string; readonly name: string }[]): Promise<{
    readonly added: readonly string[]
    readonly failed: readonly { readonly path: string; readonly message: string }[]
  }>
}

export interface GgufFolderParts {
  readonly home: string
  readonly modelsFolder: string
  readonly inspect: (file: string) => Promise<GgufFacts>
  /** Numbers that a fit is told by. */
  readonly room: () => { readonly contextTokens: number; readonly ofBytes: number }
  /** Names that are taken, and the files that are used, by the model's name. */
  readonly names: () => ReadonlySet<string>
  readonly usedFiles: () => ReadonlyMap<string, string>
  readonly models: Pick<ModelControl, 'add'>
  /** Files outside the models folder that a person chose. */
  readonly chosen: { readonly get: () => readonly string[]; readonly set: (files: readonly string[]) => void }
}

const DEPTH = 3
const NAMES_AT_MOST = 2000
/** Heads are read of so many: a vocabulary of 250 000 tokens takes a while. */
const FILES_AT_MOST = 200
const MANIFEST_BYTES = 64 * 1024
const LATER_PART = /-(?!00001)\d{5}-of-\d{5}\.gguf$/i

const knownFolders = [
  ['LM Studio', '.lmstudio/models'],
  ['LM Studio', '.cache/lm-studio/models'],
  ['llama.cpp', '.cache/llama.cpp'],
  ['llama.cpp', 'Library/Caches/llama.cpp'],
  ['Hugging Face', '.cache/huggingface/hub'],
  ['Ollama', '.ollama/models'],
] as const

interface Candidate {
  readonly path: string
  readonly name: string
}

export function createGgufFolder(parts: GgufFolderParts): GgufFolder {
  async function viewOf({ path, name }: Candidate, taken: Set<string>): Promise<GgufView> {
    const used = parts.usedFiles().get(path) ?? null
    const common = { path, name: used ?? freeName(name, taken), used_as: used }
    try {
      const facts = await parts.inspect(path)
      const shape = { sizeBytes: facts.sizeBytes, parameters: facts.parameters, trainedContext: facts.contextLength, layout: facts }
      return {
        ...common,
        size_bytes: facts.sizeBytes,
        architecture: facts.architecture,
        parameters: facts.parameters,
        quantization: facts.quantization,
        context: facts.contextLength,
        fit: fitOf(shape, parts.room()),
        problem: null,
      }
    } catch (error) {
      const size = await stat(path).then(
        (info) => info.size,
        () => 0,
      )
      return {
        ...common,
        size_bytes: size,
        architecture: null,
        parameters: null,
        quantization: null,
        context: null,
        fit: null,
        problem: (error as Error).message,
      }
    }
  }

  async function addOne({ path, name }: Candidate): Promise<void> {
    if (!isAbsolute(path) || path.includes('\0') || resolve(path) !== path) throw new Error('It is not the path of a file.')
    await parts.inspect(path)
    const before = parts.chosen.get()
    const isOurs = dirname(path) === parts.modelsFolder
    if (!isOurs && !before.includes(path)) parts.chosen.set([...before, path])
    await parts.models.add({ name, deployments: [{ provider: 'engine', model: path }] }).catch((error: unknown) => {
      parts.chosen.set(before)
      throw error
    })
  }

  return {
    async known() {
      const found = knownFolders.map(([program, place]) => ({ program, path: join(parts.home, place) })).filter(({ path }) => existsSync(path))
      const counted = await Promise.all(
        found.map(async ({ program, path }) => ({ program, path, files: (await candidatesIn(path)).candidates.length })),
      )
      return counted.filter(({ files }) => files > 0)
    },
    async look(written) {
      const { path, isFolder } = await placeOf(written, parts.home)
      const { candidates, truncated } = isFolder ? await candidatesIn(path) : { candidates: [{ path, name: modelNameOf(path) }], truncated: false }
      const taken = new Set(parts.names())
      const files: GgufView[] = []
      for (const candidate of candidates.slice(0, FILES_AT_MOST)) files.push(await viewOf(candidate, taken))
      return { path, files, truncated: truncated || candidates.length > FILES_AT_MOST }
    },
    async add(files) {
      const added: string[] = []
      const failed: { path: string; message: string }[] = []
      for (const file of files)
        await addOne(file).then(
          () => void added.push(file.name),
          (error: Error) => void failed.push({ path: file.path, message: error.message }),
        )
      return { added, failed }
    },
  }
}

/** A path as a person types it: absolute, or from `~`; quotes and `file://` of a drop or a terminal are taken off. */
async function placeOf(written: string, home: string): Promise<{ readonly path: string; readonly isFolder: boolean }> {
  const bare = written.trim().replace(/^(['"])(.*)\1$/, '$2')
  const text = bare.startsWith('file://') ? pathOf(bare) : bare
  const path = text === '~' || text.startsWith('~/') ? join(home, text.slice(1)) : text
  if (!isAbsolute(path) || path.includes('\0')) throw invalid('Type the whole path, from / or from ~.')
  const real = await realpath(path).catch((error: NodeJS.ErrnoException) => {
    throw invalid(error.code === 'EACCES' ? `${path} may not be read by Headgate.` : `${path} is not there.`)
  })
  const info = await stat(real)
  if (!info.isDirectory() && !info.isFile()) throw invalid(`${path} is neither a file nor a folder.`)
  // The name that was typed is kept for a file: a link of a store names what it leads to.
  return { path: info.isDirectory() ? real : resolve(path), isFolder: info.isDirectory() }
}

/** Of an address that is none, itself: the checks that follow refuse it. */
function pathOf(address: string): string {
  try {
    return fileURLToPath(address)
  } catch {
    return address
  }
}

async function candidatesIn(root: string): Promise<{ readonly candidates: readonly Candidate[]; readonly truncated: boolean }> {
  if (existsSync(join(root, 'manifests')) && existsSync(join(root, 'blobs'))) return ollamaModels(root)
  const { files, truncated } = await filesBelow(root, DEPTH)
  const candidates = files.filter((path) => /\.gguf$/i.test(path) && !LATER_PART.test(path) && !/(^|[-_.])mmproj/i.test(basename(path)))
  return { candidates: candidates.map((path) => ({ path, name: modelNameOf(path) })), truncated }
}

/** Files in the order of their names; links count where they stay inside. */
async function filesBelow(root: string, depth: number): Promise<{ readonly files: readonly string[]; readonly truncated: boolean }> {
  const files: string[] = []
  let left = NAMES_AT_MOST
  const read = async (folder: string, level: number): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => []) // a folder that may not be read has nothing for us
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (left-- <= 0) return
      const path = join(folder, entry.name)
      if (entry.isDirectory()) {
        if (level < depth && !entry.name.startsWith('.')) await read(path, level + 1)
      } else if (entry.isFile() || (entry.isSymbolicLink() && (await leadsInside(root, path)))) files.push(path)
    }
  }
  await read(root, 0)
  return { files, truncated: left < 0 }
}

async function leadsInside(root: string, link: string): Promise<boolean> {
  const real = await realpath(link).catch(() => null)
  if (real === null || relative(root, real).startsWith('..') || isAbsolute(relative(root, real))) return false
  return (await lstat(real)).isFile()
}

/** Ollama keeps a manifest per name and tag, and the model under its digest. */
async function ollamaModels(root: string): Promise<{ readonly candidates: readonly Candidate[]; readonly truncated: boolean }> {
  const { files, truncated } = await filesBelow(join(root, 'manifests'), 5)
  const candidates: Candidate[] = []
  for (const file of files) {
    const digest = await modelDigest(file)
    if (digest === null) continue
    const names = relative(join(root, 'manifests'), file).split('/')
    const tag = names.pop() ?? ''
    const [host, ...rest] = names
    const name = host === 'registry.ollama.ai' ? rest.filter((each, at) => at > 0 || each !== 'library').join('/') : names.join('/')
    candidates.push({ path: join(root, 'blobs', `sha256-${digest}`), name: `${name}:${tag}` })
  }
  return { candidates, truncated }
}

/** Null where the manifest is none, or names no model. */
async function modelDigest(manifest: string): Promise<string | null> {
  if ((await stat(manifest)).size > MANIFEST_BYTES) return null
  const parsed = await readFile(manifest, 'utf8')
    .then((text) => JSON.parse(text) as { layers?: readonly { mediaType?: unknown; digest?: unknown }[] } | null)
    .catch(() => null)
  if (!Array.isArray(parsed?.layers)) return null
  const layer = parsed.layers.find((each) => each?.mediaType === 'application/vnd.ollama.image.model')
  return /^sha256:([0-9a-f]{64})$/.exec(String(layer?.digest))?.[1] ?? null
}

/** Takes the name, so that no two files of one look get it. */
function freeName(name: string, taken: Set<string>): string {
  let free = name
  for (let number = 2; taken.has(free); number++) free = `${name}-${number}`
  taken.add(free)
  return free
}

const invalid = (message: string) => new HeadgateError('invalid-request', message, { code: 'invalid_value', param: 'path' })
