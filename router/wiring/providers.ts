/** Providers for the admin API: how they do, what can be changed of them, and looks at them through the one transport. */
import { createProviderControl } from '../control/provider-control.ts'
import { createKeyStates } from '../control/provider-key-state.ts'
import { providerKindViews } from '../control/provider-kinds.ts'
import { createProviderTester } from '../control/provider-test.ts'
import { providerViews } from '../control/provider-view.ts'
import type { ProviderRouteParts } from '../http/admin/provider-routes.ts'
import type { Configuration } from './configuration.ts'
import type { Foundation } from './foundation.ts'
import type { Lanes } from './lanes.ts'
import type { Panel } from './panel.ts'

export function openProviders(
  { clock, bus, registry }: Foundation,
  { catalog, catalogs, split, providerKeys }: Configuration,
  { look, backendOf, health, budgets }: Lanes,
  { views, url }: Pick<Panel, 'views' | 'url'>,
): ProviderRouteParts['providers'] {
  const keyStates = createKeyStates({ clock, bus })
  keyStates.catalogChanged(catalog())
  catalogs.onChange(keyStates.catalogChanged)
  const { settings, entries, figures } = registry
  return {
    list: () => providerViews({ catalog, deployments: views, snapshot: health.snapshot, figures, settings, keyStates, budgets, now: clock.now }),
    kinds: () => providerKindViews(catalog()),
    control: createProviderControl({ catalog, entries, settings, keys: providerKeys, reload: catalogs.reload, ownUrl: url }),
    tester: createProviderTester({
      catalog,
      clock,
      look,
      keyStates,
      backendOf,
      isLocalOnly: () => split.current().lock === 'local',
    }),
    keysAreProtected: providerKeys.isProtected,
  }
}
