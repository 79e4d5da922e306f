/** The page Connect's facts: the address as it is, the models as they are, the tools' configuration files as they lie in the home folder. */
import { type ConnectView, connectView } from '../control/connect.ts'
import { homeFolders, lookAtToolConfig, toolPlatform } from '../host/tool-configs.ts'
import type { Configuration } from './configuration.ts'
import type { Foundation } from './foundation.ts'
import type { Panel } from './panel.ts'
import type { Service } from './service.ts'
import type { RouterSettings } from './settings.ts'

export function openConnect(
  settings: RouterSettings,
  {
    foundation,
    configuration,
    service,
    panel,
  }: { foundation: Foundation; configuration: Configuration; service: Service; panel: Pick<Panel, 'url'> },
): (model: string | null) => ConnectView {
  const folders = homeFolders(settings.environment)
  return (model) => {
    const { host, port } = new URL(panel.url())
    return connectView(
      {
        url: panel.url,
        catalog: configuration.catalog,
        split: configuration.split.current,
        isKeyRequired: () => service.admission().requireKey,
        figures: foundation.registry.figures,
        now: foundation.clock.now,
        platform: toolPlatform(),
        lookAt: (path) => lookAtToolConfig(path, folders, [host, `localhost:${port}`]),
      },
      model,
    )
  }
}
