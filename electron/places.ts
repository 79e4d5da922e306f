/** Where things are: of the app (bundle, panel, resources) and of its owner (data, configuration). */
import { join, resolve } from 'node:path'
import { dataFolderPath, defaultConfigFolder } from '../router/index.ts'

export interface Places {
  readonly dataFolder: string
  readonly configFolder: string
  readonly modelsFolder: string
  readonly logsFolder: string
  /** Chromium's own files and the window's state: inside the data folder, apart from the router's files. */
  readonly desktopFolder: string
  readonly desktopFile: string
  /** The built panel. */
  readonly panelFolder: string
  readonly preload: string
  readonly icons: string
  /** Resources outside the archive; null = run from source. */
  readonly resourcesFolder: string | null
}

export interface AppFacts {
  /** Folder of package.json: the repository, or the archive of a packaged app. */
  readonly root: string
  readonly isPackaged: boolean
  readonly resourcesPath: string
  readonly platform: NodeJS.Platform
  readonly environment: Readonly<Record<string, string | undefined>>
}

export function placesOf({ root, isPackaged, resourcesPath, platform, environment }: AppFacts): Places {
  const dataFolder = resolve(dataFolderPath(environment, platform))
  const desktopFolder = join(dataFolder, 'desktop')
  return {
    dataFolder,
    configFolder: resolve(environment['HEADGATE_CONFIG'] || defaultConfigFolder(dataFolder)),
    modelsFolder: join(dataFolder, 'models'),
    logsFolder: join(dataFolder, 'logs'),
    desktopFolder,
    desktopFile: join(desktopFolder, 'state.json'),
    panelFolder: join(root, 'dist', 'renderer'),
    preload: join(root, 'dist', 'electron', 'preload.cjs'),
    icons: join(root, 'resources'),
    resourcesFolder: isPackaged ? resourcesPath : null,
  }
}
