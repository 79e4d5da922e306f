/** What the page Connect shows: the address, whether a key is needed, every tool with its snippet for one model, and who has called so far. */
import type { Catalog } from '../core/catalog.ts'
import { startOfDay } from '../core/clock.ts'
import type { Lane, Model } from '../core/deployment.ts'
import type { Split } from '../core/split.ts'
import { effectiveShare } from '../policy/index.ts'
import type { ProviderFigures } from '../registry/index.ts'
import { otherTools, type SnippetPart, type Tool, tools } from './tool-snippets.ts'

/** Stands in the snippets for the key, which only its creator has seen. */
export const KEY_PLACEHOLDER = 'YOUR_HEADGATE_KEY'
/** Where nothing is known of a model's context. */
const USUAL_CONTEXT = 32_768
const CALLERS_OF_MS = 7 * 24 * 3_600_000

export interface ToolFile {
  readonly path: string
  readonly exists: boolean
  readonly mentions: boolean | null
}

export interface ToolView {
  readonly id: string
  readonly name: string
  readonly group: Tool['group']
  readonly callers: readonly string[]
  readonly file: ToolFile | null
  readonly note: string | null
  /** With the placeholder where the key goes; `keyless` = as it is without one. */
  readonly parts: readonly SnippetPart[]
  readonly keyless: readonly SnippetPart[]
}

/** `GET /admin/connect`. */
export interface ConnectView {
  readonly base_url: string
  readonly key_required: boolean
  readonly key_placeholder: string
  readonly model: string
  readonly models: readonly string[]
  /** Where the model's prompts may go: its own share (null = it follows the split), its places per lane, and the providers of the remote ones. */
  readonly model_split: {
    readonly remote_share: number | null
    readonly local: number
    readonly remote: number
    readonly providers: readonly string[]
  }
  readonly tools: readonly ToolView[]
  readonly other_tools: typeof otherTools
  /** The last request of each tool that came without a key, newest first. */
  readonly callers: readonly {
    readonly tool: string
    readonly at: string
    readonly deployment: string | null
    readonly lane: Lane | null
    readonly status: number
  }[]
}

export interface ConnectParts {
  readonly url: () => string
  readonly catalog: () => Catalog
  readonly split: () => Split
  readonly isKeyRequired: () => boolean
  readonly figures: ProviderFigures
  readonly now: () => number
  readonly platform: 'darwin' | 'linux'
  /** Looks at a configuration file of a tool; never writes. */
  readonly lookAt: (path: NonNullable<Tool['files']['linux']>) => ToolFile
}

/** `wanted`: the model of the snippets; one that is not there is `auto`. */
export function connectView(parts: ConnectParts, wanted: string | null): ConnectView {
  const catalog = parts.catalog()
  const baseUrl = `${parts.url()}/v1`
  const model = catalog.modelsByName.get(wanted ?? '') ?? catalog.modelsByName.get('auto')
  const name = wanted !== null && catalog.modelsByName.has(wanted) ? wanted : (model?.name ?? 'auto')
  const of = { baseUrl, model: name, context: model ? contextOf(model) : USUAL_CONTEXT }
  return {
    base_url: baseUrl,
    key_required: parts.isKeyRequired(),
    key_placeholder: KEY_PLACEHOLDER,
    model: name,
    model_split: splitOf(model, catalog, parts.split()),
    models: ['auto', ...catalog.models.flatMap((each) => (each.name === 'auto' || !isServed(each) ? [] : [each.name]))],
    tools: tools.map((tool) => {
      const path = tool.files[parts.platform]
      return {
        id: tool.id,
        name: tool.name,
        group: tool.group,
        callers: tool.callers,
        file: path ? parts.lookAt(path) : null,
        note: tool.note ?? null,
        parts: tool.parts({ ...of, key: KEY_PLACEHOLDER }),
        keyless: tool.parts({ ...of, key: null }),
      }
    }),
    other_tools: otherTools,
    callers: parts.figures
      .lastOfTools(startOfDay(parts.now()) - CALLERS_OF_MS)
      .map(({ tool, at, deployment, lane, status }) => ({ tool, at: new Date(at).toISOString(), deployment, lane, status })),
  }
}

/** All other sources are the split that every model follows. */
const ofItsOwn: ReadonlySet<string> = new Set(['model', 'weights'])

function splitOf(model: Model | undefined, catalog: Catalog, split: Split): ConnectView['model_split'] {
  const share = model && effectiveShare(model, catalog, split)
  const places = (model?.deployments ?? []).filter(({ disabled }) => disabled === null)
  const remote = places.filter(({ lane }) => lane === 'remote')
  return {
    remote_share: share && ofItsOwn.has(share.source) ? share.remoteShare : null,
    local: places.length - remote.length,
    remote: remote.length,
    providers: [...new Set(remote.map(({ provider }) => provider))],
  }
}

const isServed = ({ deployments }: Model) => deployments.some(({ disabled, features }) => disabled === null && features.embeddings !== true)

/** What every place of the model takes: a tool that fills it up is not sent away for it. */
function contextOf({ deployments }: Model): number {
  const known = deployments.flatMap(({ context, disabled }) => (context === null || disabled !== null ? [] : [context]))
  return known.length === 0 ? USUAL_CONTEXT : Math.min(...known)
}
