/** `headgate explain`: the plan of a request that is not sent, in words. */
import type { ExplainedPlan } from '../policy/index.ts'
import { findRouter } from './client.ts'

export async function explain(
  model: string,
  options: { readonly header: readonly string[]; readonly prompt: string; readonly json?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const headers: Record<string, string> = {}
  for (const pair of options.header) {
    const cut = pair.indexOf('=')
    if (cut < 1) throw new Error(`${pair} is not a header: write NAME=VALUE.`)
    headers[pair.slice(0, cut)] = pair.slice(cut + 1)
  }
  const plan = (await findRouter(environment).call('POST', '/routing/explain', {
    body: { model, messages: [{ role: 'user', content: options.prompt }] },
    headers,
  })) as ExplainedPlan & { sentence: string }
  if (options.json) return console.log(JSON.stringify(plan, null, 2))
  console.log(plan.sentence)
  console.log(`\n${plan.model}: ${plan.route.kind} match, rule ${plan.route.rule} (${plan.route.source})`)
  plan.plan.forEach((step, place) => {
    console.log(`  ${place + 1}. ${step.deployment}  ${step.lane}  ${step.reason}${step.detail ? `, ${step.detail}` : ''}`)
  })
  for (const exclusion of plan.excluded) console.log(`  –  ${exclusion.deployment}  left out: ${exclusion.reason}, ${exclusion.detail}`)
}
