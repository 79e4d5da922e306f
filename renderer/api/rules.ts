/** The routing rules over the admin API, the check of one text of a rule, and the plan of a request that is not sent. */
import type { RulesView } from '../../router/control/rule-control.ts'
import type { CheckedText, RuleText } from '../../router/control/rule-text.ts'
import type { ChainView, RuleView } from '../../router/control/rule-view.ts'
import type { RuleName, StoredRules } from '../../router/core/rules.ts'
import type { ExplainedPlan } from '../../router/policy/explain.ts'
import { call } from './client.ts'

export type { ChainView, CheckedText, ExplainedPlan, RuleName, RulesView, RuleText, RuleView, StoredRules }

export type Entry = Readonly<Record<string, unknown>>

export const fetchRules = (): Promise<RulesView> => call('GET', '/admin/rules')
export const putRules = (stored: StoredRules): Promise<RulesView> => call('PUT', '/admin/rules', stored)
export const checkRule = (text: RuleText): Promise<CheckedText> => call('POST', '/admin/rules/check', text)
export const explain = (body: Entry, headers: Readonly<Record<string, string>>): Promise<ExplainedPlan> =>
  call('POST', '/routing/explain', { body, headers })
