/** Door of the configuration: files, rows and model files become the catalog, and changes are told. */
export { checkReport } from './check-report.ts'
export { ConfigurationError, placeOf } from './configuration-error.ts'
export { type ConfigurationParts, loadConfiguration } from './load-configuration.ts'
export { isModelFile, modelFilesIn, modelNameOf } from './model-file.ts'
export { type EngineSettings, engineSettings, type ServerSettings, serverSettings } from './setting-readers.ts'
export { type LocalModel, noStoredEntries, type StoredEntries } from './stored-entries.ts'
export { type WatchParts, watchConfiguration, watchModels } from './watch-configuration.ts'
