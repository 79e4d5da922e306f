/** The routing rules: what is in force and why, those of the panel as a whole, and one text of a rule while it is typed. */
import { z } from 'zod'
import type { RuleControl } from '../../control/rule-control.ts'
import type { AdminApp, Tell } from './admin-app.ts'

export interface RuleRouteParts {
  readonly rules: RuleControl
  readonly tell: Tell
}

const named = z
  .record(z.string().min(1).max(300), z.unknown())
  .refine((map) => Object.keys(map).length <= 2_000, 'at most 2000 rules of a kind')
  .optional()
const listed = z.array(z.unknown()).max(2_000).optional()

/** The keys of a YAML file; each rule is checked by the schema of the files when it is compiled. */
const storedRules = z.strictObject({
  request_metadata_routing: named,
  exact_matches: named,
  patterns: listed,
  capabilities: named,
  model_size_routing: listed,
  smart_routing: z.record(z.string().max(100), z.unknown()).optional(),
  fallback_chains: named,
})
const ruleText = z.union([
  z.strictObject({ condition: z.string().min(1).max(2_000) }),
  z.strictObject({ pattern: z.string().min(1).max(1_000) }),
  z.strictObject({ size: z.string().min(1).max(100) }),
])

export function addRuleRoutes(app: AdminApp, { rules, tell }: RuleRouteParts): void {
  app.get('/admin/rules', { schema: { summary: 'The routing rules in force, in the order in which they are asked' } }, async () => rules.view())
  app.put('/admin/rules', { schema: { summary: 'Replace the rules that the panel added', body: storedRules } }, async (request) => {
    const stored = Object.fromEntries(Object.entries(request.body).filter(([, value]) => value !== undefined))
    const changed = await rules.replace(stored)
    if (changed.length > 0) tell(request, 'rule', changed.join(', '))
    return rules.view()
  })
  app.post('/admin/rules/check', { schema: { summary: 'Can this condition, pattern or size be read?', body: ruleText } }, async (request) =>
    rules.check(request.body),
  )
}
