/** Rules in words, and where they stand on the page Routing. */
import { linkTo } from '../state/place.ts'

/** `pattern:^meta-llama/`, as the page marks its rows. */
export const ruleHref = (row: string): string => linkTo('routing', row)

/** The rule that took a request, as the inspector names it; null = it went by a name, not by a rule. `byOrder`: the rule sets the order of the places. */
export function ruleWords(
  { kind, rule }: { readonly kind: string; readonly rule: string },
  byOrder: boolean,
): { what: string; name: string; row: string } | null {
  const what: Readonly<Record<string, string>> = {
    metadata: 'The request rule',
    pattern: 'The pattern',
    capability: 'The capability',
    size: 'The size',
    exact: 'The rule for the name',
  }
  if (kind === 'smart') return { what: 'Smart routing', name: rule, row: 'smart' }
  if (kind === 'exact' && (!byOrder || rule.includes('@'))) return null
  return what[kind] === undefined ? null : { what: what[kind], name: rule, row: `${kind}:${rule}` }
}
