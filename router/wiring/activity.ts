/** What looks back: the lines of the log in memory, and the bundle that helps to find a fault. */
import { supportBundle } from '../control/support-bundle.ts'
import type { LogRouteParts } from '../http/admin/log-routes.ts'
import { lineView } from '../http/admin/log-routes.ts'
import type { Configuration } from './configuration.ts'
import { type Foundation, runtimeVersions, version } from './foundation.ts'
import type { Lanes } from './lanes.ts'
import type { Panel } from './panel.ts'

export function openActivity(
  { clock, startedAt, folder, registry, logRing }: Foundation,
  { catalog, catalogs }: Configuration,
  { engine }: Lanes,
  { views, overview }: Panel,
): LogRouteParts {
  return {
    logs: {
      list: logRing.list,
      run: clock.id('run'),
      files: () => [folder.logFile, catalog().logFile].filter((file) => file !== null),
    },
    supportBundle: () => {
      const { gpu, build } = engine.info()
      return supportBundle({
        now: clock.now,
        startedAt,
        versions: { headgate: version, ...runtimeVersions, llama_cpp: build, gpu: gpu === false ? 'none' : gpu },
        catalog,
        configProblem: catalogs.problem,
        registry,
        split: overview.split,
        deployments: views,
        engine: () => ({ ...engine.info(), models: engine.states() }),
        log: (limit) => logRing.list({ limit }).map(lineView),
        secrets: () => [folder.adminToken.reveal(), ...credentials(catalog())],
      })
    },
  }
}

/** Credentials of providers, to be masked whatever they look like. */
function credentials({ providers }: ReturnType<Configuration['catalog']>): readonly string[] {
  return [...providers.values()].flatMap(({ endpoint }) => endpoint?.credential?.reveal() ?? [])
}
