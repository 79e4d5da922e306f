/** What helps to find a fault, in one JSON that a person reads before it leaves. Invariant: no prompt, no answer, no credential, no home folder is in it. */
import { arch, cpus, freemem, homedir, platform, release, totalmem } from 'node:os'
import type { Catalog } from '../core/catalog.ts'
import type { Registry, RequestRow } from '../registry/index.ts'
import { redactValue } from './redact.ts'

const LOG_LINES = 200
const REQUESTS = 50

export interface SupportParts {
  readonly now: () => number
  readonly startedAt: number
  readonly versions: Readonly<Record<string, string | null>>
  readonly catalog: () => Catalog
  readonly configProblem: () => unknown
  readonly registry: Registry
  readonly split: () => unknown
  readonly deployments: () => readonly unknown[]
  readonly engine: () => unknown
  /** The last lines of the log. */
  readonly log: (lines: number) => readonly unknown[]
  /** Texts that are known to be secret: they are masked whatever they look like. */
  readonly secrets: () => readonly string[]
}

export function supportBundle(parts: SupportParts): unknown {
  const catalog = parts.catalog()
  const { registry } = parts
  const home = homedir()
  const secrets = parts.secrets().filter((text) => text.length >= 8)
  const hide = (text: string) => {
    const open = secrets.reduce((rest, secret) => rest.replaceAll(secret, '[masked]'), text)
    return (home.length > 1 ? open.replaceAll(home, '~') : open).replaceAll(/\/(?:Users|home)\/[^/\s"']+/g, '~')
  }
  const bundle = {
    made_at: new Date(parts.now()).toISOString(),
    uptime_s: Math.round((parts.now() - parts.startedAt) / 1000),
    versions: parts.versions,
    system: {
      platform: platform(),
      release: release(),
      arch: arch(),
      processor: cpus()[0]?.model ?? null,
      cores: cpus().length,
      memory_bytes: totalmem(),
      free_bytes: freemem(),
    },
    configuration: {
      files: catalog.files,
      problem: parts.configProblem(),
      warnings: catalog.warnings,
      settings: catalog.settings,
    },
    split: parts.split(),
    engine: parts.engine(),
    deployments: parts.deployments(),
    counts: {
      requests: registry.requests.count({}),
      errors: registry.requests.count({ errorsOnly: true }),
      keys: registry.keys.list().filter(({ revokedAt }) => revokedAt === null).length,
      models: catalog.models.length,
      providers: catalog.providers.size,
      recordings: registry.recordings.sums().count,
    },
    requests: registry.requests.list({ limit: REQUESTS }).map(withoutWords),
    log: parts.log(LOG_LINES),
  }
  // Through JSON first: whatever a value prints itself as is what is looked at.
  return redactValue(JSON.parse(JSON.stringify(bundle)), hide)
}

/** Figures and codes: a message may repeat what was asked. */
function withoutWords(row: RequestRow): unknown {
  return {
    id: row.id,
    at: new Date(row.at).toISOString(),
    tool: row.tool,
    dialect: row.dialect,
    model: row.model,
    deployment: row.deployment,
    lane: row.lane,
    reason: row.reason,
    status: row.status,
    attempts: row.attempts,
    first_output_ms: row.firstOutputMs,
    duration_ms: row.durationMs,
    usage: row.usage,
    stream: row.stream,
    error: row.errorKind && { kind: row.errorKind, code: row.errorCode },
  }
}
