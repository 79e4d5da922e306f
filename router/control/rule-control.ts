/** The routing rules in force, and those that were added in the panel: kept as one setting, applied like a file. Invariant: what does not compile is not kept. */
import { ConfigurationError, smartRules } from '../config/index.ts'
import type { Catalog, ConfigWarning } from '../core/catalog.ts'
import { HeadgateError } from '../core/errors.ts'
import type { LeftOutRule, StoredRules } from '../core/rules.ts'
import { conditionVariables, strategies } from '../policy/index.ts'
import type { SettingsStore } from '../registry/index.ts'
import type { CatalogControl } from './catalog-control.ts'
import { brokenFiles, createTurns } from './kept-changes.ts'
import { type CheckedText, checkRuleText, type RuleText } from './rule-text.ts'
import { type RuleViews, ruleViews } from './rule-view.ts'

/** `GET /admin/rules`. */
export interface RulesView {
  readonly rules: RuleViews
  /** What an unknown or missing name becomes; null = it is refused. */
  readonly default: Catalog['default']
  /** Listed models: each is an exact name of its own. */
  readonly listed_models: number
  /** Those that are about a rule. */
  readonly warnings: readonly ConfigWarning[]
  readonly left_out: readonly LeftOutRule[]
  /** What the panel added, in the shapes of a YAML file. */
  readonly stored: StoredRules
  readonly providers: readonly string[]
  readonly strategies: readonly { readonly name: string; readonly summary: string }[]
  /** Lines of smart routing where nobody writes others. */
  readonly usual_smart_rules: readonly { readonly when: string; readonly use: string }[]
  /** What a condition may ask about. */
  readonly variables: readonly { readonly name: string; readonly type: string }[]
}

export interface RuleControl {
  view(): RulesView
  /** Replaces what the panel added; answers which kinds are another now. Throws `invalid-request` with place and reason, `configuration_broken` where the files do not load. */
  replace(rules: StoredRules): Promise<readonly string[]>
  check(text: RuleText): CheckedText
}

export interface RuleControlParts {
  readonly catalogs: CatalogControl
  readonly settings: SettingsStore
}

export function createRuleControl({ catalogs, settings }: RuleControlParts): RuleControl {
  const inTurn = createTurns()

  async function replace(rules: StoredRules): Promise<readonly string[]> {
    const stored = settings.get('rules')
    const fault = faultIn(await attempt(() => catalogs.trial(rules)), catalogs.current())
    if (fault) throw new HeadgateError('invalid-request', `${fault.path}: ${fault.message}.`, { param: fault.path })
    settings.set('rules', rules)
    await attempt(() => catalogs.reload('panel'))
    const kinds = [...new Set([...Object.keys(stored), ...Object.keys(rules)])] as (keyof StoredRules)[]
    return kinds.filter((kind) => JSON.stringify(stored[kind]) !== JSON.stringify(rules[kind]))
  }

  return {
    view() {
      const catalog = catalogs.current()
      return {
        rules: ruleViews(catalog),
        default: catalog.default,
        listed_models: catalog.models.length,
        warnings: catalog.warnings.filter(({ rule }) => rule !== undefined),
        left_out: catalog.rules.leftOut,
        stored: settings.get('rules'),
        providers: [...catalog.providers.keys()],
        strategies: strategies.map(({ name, summary }) => ({ name, summary })),
        usual_smart_rules: smartRules,
        variables: conditionVariables.map(([name, type]) => ({ name, type })),
      }
    },
    replace: (rules) => inTurn(() => replace(rules)),
    check: (text) => checkRuleText(text, catalogs.current()),
  }
}

/** The first rule that would be left out and was not before: one that is broken already must not keep others from being mended. */
function faultIn(next: Catalog, { rules }: Catalog): LeftOutRule | undefined {
  const known = new Set(rules.leftOut.map(nameOf))
  return next.rules.leftOut.find((fault) => !known.has(nameOf(fault)))
}

const nameOf = ({ kind, name, message }: LeftOutRule): string => JSON.stringify([kind, name, message])

async function attempt<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof ConfigurationError ? brokenFiles(error) : error
  }
}
