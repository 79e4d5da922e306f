/** The inspector's one sentence: why a request went where it went, with the numbers that decided. */
import type { RequestDetail } from '../api/types.ts'
import { percentOf } from '../state/presets.ts'
import { percent } from './figures.ts'
import { whyLeftOut, whyThere } from './reasons.ts'
import { ruleHref, ruleWords } from './rule-words.ts'

/** Words with what is emphasised marked by `strong`; `lane` shows the lane's glyph. */
export type Word = string | { readonly strong: string; readonly href?: string } | { readonly lane: 'local' | 'remote' }

export function whySentence(detail: RequestDetail): readonly Word[] {
  const { plan } = detail
  if (!plan) return []
  const words: Word[] = [...routeWords(detail)]
  if (plan.refusal) return [...words, ` ${plan.refusal.message}`]
  if (plan.draw) words.push(...drawWords(plan.draw))
  else words.push(...noDrawWords(detail))
  const failed = detail.tries.filter(({ outcome }) => outcome === 'failed')
  const answered = detail.tries.find(({ outcome }) => outcome === 'answered')
  if (failed.length > 0 && answered)
    words.push(
      ' ',
      { strong: failed.map(({ deployment }) => deployment).join(', ') },
      ' failed before any output, so ',
      { strong: answered.deployment },
      ' answered. The caller noticed nothing.',
    )
  return words
}

function routeWords({ model, plan }: RequestDetail): readonly Word[] {
  if (!plan) return []
  const { route } = plan
  const source = /^(default|built-in)/.test(route.source) ? '' : ` (${route.source})`
  const rule = ruleWords(route, plan.plan[0]?.reason === 'route')
  if (rule) return [`${rule.what} `, { strong: rule.name, href: ruleHref(rule.row) }, `${source} leads to `, { strong: plan.model }, '.']
  switch (route.kind) {
    case 'exact':
      return ['The caller asked for ', { strong: plan.model }, '.']
    case 'alias':
      return [{ strong: route.rule }, ' stands for ', { strong: plan.model }, `${source}.`]
    case 'default':
      return [{ strong: model ?? 'no model' }, ' is not a model here; the default takes it: ', { strong: plan.model }, `${source}.`]
    default:
      return [`The ${route.kind} rule `, { strong: route.rule }, `${source} leads to `, { strong: plan.model }, '.']
  }
}

/** Where a share was set; a file is named as it is. */
const sourceWords: Readonly<Record<string, string>> = {
  override: 'set here',
  default: 'the default',
  model: 'the model’s own share',
  weights: 'by weight',
}

function drawWords(draw: NonNullable<NonNullable<RequestDetail['plan']>['draw']>): readonly Word[] {
  const share = percentOf(draw.remote_share)
  const source = draw.source ? ` (${sourceWords[draw.source] ?? draw.source})` : ''
  switch (draw.reason) {
    case 'drawn':
      return [' A new session was drawn: ', { strong: `${percent(share)} remote` }, `${source} gave `, { lane: draw.lane }, '.']
    case 'held':
      return [' Its conversation runs on ', { lane: draw.lane }, ' already and stays there.']
    case 'asked':
      return [' It also asked for ', { lane: draw.lane }, '.']
    case 'lock':
    case 'override':
      return [' The Lock leaves ', { lane: draw.lane }, ' alone, so nothing was drawn.']
    case 'only-lane':
      return [' Only ', { lane: draw.lane }, ' serves it, so nothing was drawn.']
    default:
      return [' ', { lane: draw.lane }, `: ${whyThere(draw.reason, draw.lane)}.`]
  }
}

function noDrawWords({ plan }: RequestDetail): readonly Word[] {
  const first = plan?.plan[0]
  if (!plan || !first) return []
  const elsewhere = plan.excluded.filter(({ lane }) => lane !== first.lane)
  const decisive = elsewhere.find(({ reason }) => reason === first.reason) ?? elsewhere[0]
  switch (first.reason) {
    case 'held':
      return [' Its conversation runs on ', { lane: first.lane }, ' already and stays there.']
    case 'asked':
      return [' It also asked for ', { lane: first.lane }, '.']
    case 'route':
      return [' The rule sets the order, so nothing was drawn.']
    case 'lock':
    case 'override':
      return [' The Lock leaves ', { lane: first.lane }, ' alone, so nothing was drawn.']
  }
  if (decisive)
    return [
      ' ',
      { strong: decisive.deployment },
      ` is left out: ${decisive.detail ?? whyLeftOut(decisive.reason)}. That left `,
      { lane: first.lane },
      ' alone, so nothing was drawn.',
    ]
  return [' Only ', { lane: first.lane }, ' serves it, so nothing was drawn.']
}
