/** Door of the configuration: files, rows and model files become the catalog, and changes are told. */
export { checkBaseUrl } from './base-url.ts'
export { checkReport } from './check-report.ts'
export { ConfigurationError, placeOf } from './configuration-error.ts'
export { isConfigurationFile } from './configuration-folder.ts'
export { type Imported, importConfiguration, type Note } from './import/index.ts'
export { type ConfigurationParts, loadConfiguration } from './load-configuration.ts'
export { isModelFile, modelFilesIn, modelNameOf } from './model-file.ts'
export { compilePattern } from './name-pattern.ts'
export { checkOverride, defaultOf, type OverridablePath, overridablePaths } from './panel-settings.ts'
export { checkCondition } from './rule-compiler.ts'
export { smartRules } from './schema/rules.ts'
export {
  type EngineSettings,
  engineSettings,
  type GuardSettings,
  guardSettings,
  type ServerSettings,
  serverSettings,
  shownMetrics,
} from './setting-readers.ts'
export { changesOfProviders, type LocalModel, noStoredEntries, type StoredCredential, type StoredEntries } from './stored-entries.ts'
export { type WatchParts, watchConfiguration, watchModels } from './watch-configuration.ts'
