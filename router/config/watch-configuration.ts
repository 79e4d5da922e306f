/** The folders that are watched: the configuration, and the models beside it. */
import { isConfigurationFile } from './configuration-folder.ts'
import { isModelFile } from './model-file.ts'
import { type FolderWatchParts, watchFolder } from './watch-folder.ts'

export type WatchParts = Pick<FolderWatchParts, 'folder' | 'onChange' | 'clock'>

/** Resolves when the configuration folder is being watched. `close` stops it; no call follows. */
export function watchConfiguration(parts: WatchParts): Promise<{ close(): Promise<void> }> {
  return watchFolder({ ...parts, isWatched: (name) => name === '.env' || isConfigurationFile(name), quietMs: 150, longestWaitMs: 1000 })
}

/** The same for the models folder. A model is copied for minutes: the folder is looked at when that has ended, or now and then meanwhile. */
export function watchModels(parts: WatchParts): Promise<{ close(): Promise<void> }> {
  return watchFolder({ ...parts, isWatched: isModelFile, quietMs: 1000, longestWaitMs: 30_000 })
}
