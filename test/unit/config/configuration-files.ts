/** A configuration folder for one test, and the loader on it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { ConfigurationError, type ConfigurationParts, loadConfiguration, noStoredEntries } from '../../../router/config/index.ts'
import type { Catalog } from '../../../router/core/catalog.ts'
import type { Deployment } from '../../../router/core/deployment.ts'

export const fixtures = new URL('../../fixtures/config/', import.meta.url).pathname

export async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'headgate-config-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return folder
}

export type Options = Partial<Omit<ConfigurationParts, 'rows'>> & { readonly rows?: Partial<ConfigurationParts['rows']> }

export async function load(files: Readonly<Record<string, string>>, options: Options = {}): Promise<Catalog> {
  return loadFolder(await folderWith(files), options)
}

export function loadFolder(folder: string, options: Options = {}): Promise<Catalog> {
  const rows = { ...noStoredEntries, ...options.rows }
  return loadConfiguration({ folder, environment: {}, dataFolder: '/data', localModels: [], version: 1, ...options, rows })
}

/** `FILE:LINE: message` of the error that loading gives. */
export async function refusal(files: Readonly<Record<string, string>>, options: Options = {}): Promise<string> {
  try {
    await load(files, options)
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    return `${error.file}:${error.line}: ${error.message}`
  }
  return 'loaded'
}

export function deploymentOf(catalog: Catalog, name: string): Deployment {
  const found = catalog.models.flatMap((model) => model.deployments).find((deployment) => deployment.name === name)
  if (!found) throw new Error(`no deployment ${name} in ${catalog.models.flatMap((model) => model.deployments.map((each) => each.name)).join(', ')}`)
  return found
}

export function settingOf(catalog: Catalog, path: string): { readonly value: unknown; readonly source: string } {
  const found = catalog.settings.find((setting) => setting.path === path)
  if (!found) throw new Error(`no setting ${path}`)
  return { value: found.value, source: found.source }
}

export function warningsOf(catalog: Catalog): string[] {
  return catalog.warnings.map(({ file, line, message }) => `${file}:${line}: ${message}`)
}
