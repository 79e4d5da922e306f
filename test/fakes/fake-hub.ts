/** A model hub for tests: a real HTTP server in the shapes of Hugging Face, whose files can be cut, changed, lied about, held back. Notes every request. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the server does wrong with one file. */
export interface FileFault {
  /** Ends the connection after so many bytes of each body. */
  readonly cutAfter?: number
  /** Holds the body back after so many bytes until `release()`. */
  readonly stallAfter?: number
  readonly ignoresRanges?: boolean
  /** Answers a range with another one. */
  readonly wrongRange?: boolean
  /** Ignores If-Range: sends a part of whatever file it has. */
  readonly ignoresIfRange?: boolean
  /** Said instead of the true length of the file. */
  readonly saysBytes?: number
  readonly status?: number
  readonly retryAfterS?: number
  /** Where to, instead of the usual place on the same server. */
  readonly redirectTo?: string
}

export interface FakeFile {
  /** Of the file as it is now; changing it changes its ETag. */
  bytes: Buffer
  /** Published instead of the true one; null = none is. */
  sha256?: string | null
  /** Listed instead of the true size. */
  listedBytes?: number
  fault?: FileFault | null
}

export interface FakeRepository {
  files: Record<string, FakeFile>
  /** Needs this token; without one anybody may. */
  token?: string
  licence?: string
  gguf?: { total: number; architecture: string; context_length: number }
}

export interface SeenRequest {
  readonly path: string
  readonly range: string | null
  readonly ifRange: string | null
  readonly authorization: string | null
}

export interface FakeHub {
  readonly url: string
  readonly repositories: Record<string, FakeRepository>
  readonly requests: SeenRequest[]
  /** Requests for the bytes of a file: the first byte of each. */
  starts(file: string): number[]
  /** Lets bodies go on that are held back. */
  release(): void
  /** Resolves when a body is held back. */
  stalled(): Promise<void>
  close(): Promise<void>
}

const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
const revisionOf = ({ files }: FakeRepository) =>
  hashOf(
    Buffer.from(
      Object.values(files)
        .map(({ bytes }) => hashOf(bytes))
        .join(),
    ),
  ).slice(0, 40)

export async function startFakeHub(repositories: Record<string, FakeRepository> = {}, port = 0): Promise<FakeHub> {
  const requests: SeenRequest[] = []
  const held: (() => void)[] = []
  let onStall: (() => void)[] = []

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://hub')
    const header = (name: string) => (request.headers[name] as string | undefined) ?? null
    requests.push({
      path: decodeURIComponent(url.pathname),
      range: header('range'),
      ifRange: header('if-range'),
      authorization: header('authorization'),
    })
    const [, first = '', ...rest] = decodeURIComponent(url.pathname).split('/')
    if (first === 'api') return api(url, rest, request, response)
    if (first === 'cdn') return sendFile(rest.slice(0, 2).join('/'), rest.slice(2).join('/'), request, response)
    const [name = '', kind, , ...path] = rest
    const repository = `${first}/${name}`
    const file = repositories[repository]?.files[path.join('/')]
    if (kind !== 'resolve' || !file) return end(response, 404)
    if (!isAllowed(repositories[repository], request)) return end(response, 401, { 'x-error-code': 'GatedRepo' })
    if (file.fault?.status) return end(response, file.fault.status, file.fault.retryAfterS ? { 'retry-after': file.fault.retryAfterS } : {})
    response.writeHead(302, { location: file.fault?.redirectTo ?? `/cdn/${repository}/${path.join('/')}` }).end()
  })

  function api(url: URL, [, owner, name]: readonly string[], request: IncomingMessage, response: ServerResponse): unknown {
    if (owner === undefined) {
      const query = (url.searchParams.get('search') ?? '').toLowerCase()
      const found = Object.entries(repositories).filter(([id]) => id.toLowerCase().includes(query))
      return json(
        response,
        found.map(([id, { token }], at) => ({ id, modelId: id, downloads: 48_210 - at, likes: 42, gated: token === undefined ? false : 'auto' })),
      )
    }
    const id = `${owner}/${name}`
    const repository = repositories[id]
    if (!repository) return json(response, { error: 'Repository not found' }, 404)
    if (!isAllowed(repository, request)) return json(response, { error: 'Access to model is restricted' }, 401, { 'x-error-code': 'GatedRepo' })
    const siblings = Object.entries(repository.files).map(([rfilename, { bytes, sha256 = hashOf(bytes), listedBytes = bytes.length }]) => ({
      rfilename,
      size: listedBytes,
      blobId: 'b',
      ...(sha256 === null ? {} : { lfs: { sha256, size: listedBytes, pointerSize: 134 } }),
    }))
    const { token, licence = 'apache-2.0', gguf } = repository
    json(response, { id, sha: revisionOf(repository), gated: token === undefined ? false : 'auto', cardData: { license: licence }, gguf, siblings })
  }

  function sendFile(repository: string, path: string, request: IncomingMessage, response: ServerResponse): unknown {
    const file = repositories[repository]?.files[path]
    if (!file) return end(response, 404)
    const { bytes, fault = null } = file
    const etag = `"${hashOf(bytes).slice(0, 16)}"`
    const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1]
    const ifRange = request.headers['if-range']
    const isSame = ifRange === undefined || ifRange === etag || fault?.ignoresIfRange === true
    const isPart = asked !== undefined && !fault?.ignoresRanges && isSame
    const from = isPart ? Number(asked) : 0
    if (isPart && from >= bytes.length) return end(response, 416, { 'content-range': `bytes */${bytes.length}` })
    const total = fault?.saysBytes ?? bytes.length
    const said = fault?.wrongRange ? from + 1 : from
    response.writeHead(isPart ? 206 : 200, {
      etag,
      'accept-ranges': fault?.ignoresRanges ? 'none' : 'bytes',
      'content-length': total - from,
      ...(isPart ? { 'content-range': `bytes ${said}-${total - 1}/${total}` } : {}),
    })
    const body = bytes.subarray(from)
    if (fault?.cutAfter !== undefined && body.length > fault.cutAfter)
      return void response.write(body.subarray(0, fault.cutAfter), () => setImmediate(() => response.destroy()))
    if (fault?.stallAfter !== undefined && body.length > fault.stallAfter) {
      const { stallAfter } = fault
      held.push(() => response.end(body.subarray(stallAfter)))
      return void response.write(body.subarray(0, stallAfter), () => {
        for (const tell of onStall.splice(0)) tell()
      })
    }
    response.end(body)
  }

  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    repositories,
    requests,
    starts: (file) =>
      requests
        .filter(({ path }) => path.startsWith('/cdn/') && path.endsWith(`/${file}`))
        .map(({ range }) => Number(/\d+/.exec(range ?? '0')?.[0] ?? 0)),
    release() {
      for (const send of held.splice(0)) send()
    },
    stalled: () =>
      new Promise<void>((resolve) => {
        if (held.length > 0) resolve()
        else onStall = [...onStall, resolve]
      }),
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}

function isAllowed(repository: FakeRepository | undefined, request: IncomingMessage): boolean {
  return repository?.token === undefined || request.headers.authorization === `Bearer ${repository.token}`
}

function json(response: ServerResponse, body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

function end(response: ServerResponse, status: number, headers: Readonly<Record<string, string | number>> = {}): void {
  // As long as real ones: what nobody reads must harm nobody.
  response.writeHead(status, headers).end('no'.repeat(50_000))
}
