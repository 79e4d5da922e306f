/** One condition, pattern or size as somebody types it: can it be read, and which of the known names does it take? */
import { checkCondition, compilePattern } from '../config/index.ts'
import type { Catalog } from '../core/catalog.ts'
import { isInRange, parseSizeRange, sizeOf } from '../policy/index.ts'

export type RuleText = { readonly condition: string } | { readonly pattern: string } | { readonly size: string }

export interface CheckedText {
  /** A sentence; null = it can be read. */
  readonly problem: string | null
  /** Known names that a pattern or a size takes. */
  readonly takes: readonly string[]
  /** Headers and providers that a condition reads. */
  readonly reads: readonly string[]
}

export function checkRuleText(text: RuleText, catalog: Catalog): CheckedText {
  try {
    if ('condition' in text) {
      const { headers, providers } = checkCondition(text.condition, { providers: new Set(catalog.providers.keys()) })
      return { problem: null, takes: [], reads: [...headers, ...providers] }
    }
    return { problem: null, takes: 'pattern' in text ? namesOf(text.pattern, catalog) : sizesOf(text.size, catalog), reads: [] }
  } catch (error) {
    return { problem: `${(error as Error).message.replace(/^error parsing regexp: /, '').replace(/\.$/, '')}.`, takes: [], reads: [] }
  }
}

/** Throws what RE2 says where it cannot read it. */
function namesOf(pattern: string, { modelsByName }: Catalog): string[] {
  return [...modelsByName.keys()].filter(compilePattern(pattern))
}

function sizesOf(text: string, catalog: Catalog): string[] {
  const range = parseSizeRange(text)
  if (range === null) throw new Error(`${JSON.stringify(text)} is no range: write it as "< 8B", "8B - 13B" or "> 13B"`)
  return catalog.models.flatMap(({ name }) => {
    const size = sizeOf(name, catalog)
    return size !== null && isInRange(size, range) ? [name] : []
  })
}
