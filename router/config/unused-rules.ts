/** What is written and never used: chains that nothing leads to, ways to balance what is not there, weights and groups behind a rule that wins. It warns, it never refuses. */
import type { ConfigWarning } from '../core/catalog.ts'
import type { RouteRule, Rules } from '../core/rules.ts'
import { nearNames } from '../policy/near-names.ts'
import { fileAndLine, hintOf, quote } from './configuration-error.ts'
import type { FileSettings, SetValue } from './file-settings.ts'
import type { Path } from './yaml-text.ts'

interface Written {
  readonly rules: Rules
  readonly files: FileSettings
  /** Names and aliases of listed models. */
  readonly models: ReadonlySet<string>
}

export function unusedRules(written: Written): ConfigWarning[] {
  return [...unusedChains(written.rules), ...unknownCapabilities(written), ...hiddenWeights(written), ...hiddenNames(written)]
}

function unusedChains({ metadata, exact, patterns, capabilities, sizes, chains, defaultChain }: Rules): ConfigWarning[] {
  const routes: RouteRule[] = [...metadata, ...exact.values(), ...patterns, ...capabilities.values(), ...sizes]
  const used = new Set([defaultChain, ...routes.map(({ chain }) => chain)])
  return [...chains.values()]
    .filter((chain) => !used.has(chain))
    .map(({ name, source }) => ({
      ...fileAndLine(source),
      message: `the chain ${quote(name)} is never used: no rule names it as its fallback, and no capability of that name leaves its fallback open`,
      rule: { kind: 'chain', name },
    }))
}

function unknownCapabilities({ files, rules: { capabilities } }: Written): ConfigWarning[] {
  const set = files.get('load_balancing')
  if (!set) return []
  const known = [...capabilities.values()].map(({ rule }) => rule)
  return Object.entries(set.value).flatMap(([strategy, { applicable_to: names = [] }]) =>
    names.flatMap((name, index) => {
      if (capabilities.has(name.toLowerCase())) return []
      const hint = known.length === 0 ? '' : `; ${hintOf(nearNames(name, known, 2), known)}`
      return [warningAt(set, [strategy, 'applicable_to', index], `there is no capability ${quote(name)}${hint}`)]
    }),
  )
}

/** `redundant_models` of a name that an exact rule sends elsewhere, or to one place after the other. */
function hiddenWeights({ files, rules: { exact } }: Written): ConfigWarning[] {
  const set = files.get('redundant_models')
  if (!set) return []
  return Object.entries(set.value).flatMap(([name, { providers }]) => {
    const rule = exact.get(name)
    if (!rule) return []
    const isWeighed = rule.strategy === 'weighted' && providers.every(({ provider }) => rule.providers.includes(provider))
    const isServed = rule.providers.length > 0 ? isWeighed : rule.models.includes(name)
    if (isServed) return []
    const message = `the weights of ${quote(name)} are never used: the exact rule of that name (${rule.source}) decides first`
    return [warningAt(set, [name], message, { kind: 'exact', name })]
  })
}

/** `model_group_alias` with the name of an exact rule, which goes before it, or of a model, which it goes before. */
function hiddenNames({ files, models, rules: { exact } }: Written): ConfigWarning[] {
  const set = files.get('router_settings')
  const taken = files.get('exact_matches')
  if (!set) return []
  return Object.keys(set.value.model_group_alias ?? {}).flatMap((name) => {
    const path = ['model_group_alias', name]
    if (taken && Object.hasOwn(taken.value, name)) {
      const message = `the group ${quote(name)} is never used: the exact rule of that name (${exact.get(name)?.source}) goes first`
      return [warningAt(set, path, message, { kind: 'exact', name })]
    }
    if (!models.has(name)) return []
    return [warningAt(set, path, `the group ${quote(name)} goes before the listed model of that name`, { kind: 'exact', name })]
  })
}

function warningAt({ file, line }: SetValue<unknown>, path: Path, message: string, rule?: NonNullable<ConfigWarning['rule']>): ConfigWarning {
  return { file, line: line(path), message, ...(rule === undefined ? {} : { rule }) }
}
