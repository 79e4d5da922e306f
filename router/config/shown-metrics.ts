/** Which of the seven routing metrics are shown: those that `routing_metrics` lists, else all. A name that is none of them is warned of and left out. */
import type { ConfigWarning, EffectiveSetting } from '../core/catalog.ts'
import { nearNames } from '../policy/near-names.ts'
import { hintOf, quote } from './configuration-error.ts'
import type { FileSettings } from './file-settings.ts'
import { routingMetrics } from './schema/rules.ts'

export function settleShownMetrics(files: FileSettings, warn: (warning: ConfigWarning) => void): EffectiveSetting {
  const path = 'routing_metrics'
  const listed = files.get(path)
  if (listed === null) return { path, value: [...routingMetrics], source: 'default' }
  const known: readonly string[] = routingMetrics
  for (const [index, name] of listed.value.entries()) {
    if (known.includes(name)) continue
    const hint = hintOf(nearNames(name, known, 1), known)
    warn({ file: listed.file, line: listed.line([index]), message: `unknown metric ${quote(name)} in routing_metrics; ${hint}` })
  }
  return { path, value: known.filter((name) => listed.value.includes(name)), source: listed.source([]) }
}
