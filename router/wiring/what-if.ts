/** "What if" over this router's own ledger, split and catalog. */
import { createWhatIf, type WhatIf } from '../control/what-if.ts'
import { SESSION_IDLE_MS } from '../registry/index.ts'
import type { Configuration } from './configuration.ts'
import type { Foundation } from './foundation.ts'
import type { Lanes } from './lanes.ts'

export function openWhatIf({ clock, registry }: Foundation, { catalog, split }: Configuration, { health }: Lanes): WhatIf {
  return createWhatIf({
    clock,
    catalog,
    split,
    deficits: { get: registry.sessions.deficit },
    deploymentStates: health.states,
    replay: registry.replay,
    keys: registry.keys,
    sessionIdleMs: SESSION_IDLE_MS,
  })
}
