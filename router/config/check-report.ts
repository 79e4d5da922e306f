/** The effective configuration as text, the source of each value beside it: what `headgate check` prints. Invariant: no secret is in it. */
import type { Catalog } from '../core/catalog.ts'
import type { Deployment, Model } from '../core/deployment.ts'
import { placeOf } from './configuration-error.ts'

/** Lines ended by `\n`: files, settings, models with their deployments, what is off, warnings. */
export function checkReport(catalog: Catalog): string {
  const lines = [
    catalog.files.length === 0 ? 'No configuration files: defaults are in force.' : `Files: ${catalog.files.join(', ')}`,
    '',
    ...table(catalog.settings.map(({ path, value, source }) => [path, shown(value), `# ${source}`])),
    '',
    'Models',
    ...catalog.models.flatMap(modelLines),
  ]
  const providers = [...catalog.providers.values()]
  const pasted = providers.filter(({ credentialSource }) => credentialSource === 'panel').map(({ name }) => printable(name))
  if (pasted.length > 0) lines.push('', `Keys pasted in the panel, which are not read here: ${pasted.join(', ')}`)
  const off = providers.filter((provider) => provider.disabled !== null)
  if (off.length > 0)
    lines.push('', 'Providers that are off', ...table(off.map(({ name, disabled, source }) => [`  ${name}`, disabled ?? '', `# ${source}`])))
  if (catalog.warnings.length > 0)
    lines.push('', 'Warnings', ...catalog.warnings.map(({ file, line, message }) => `  ${placeOf(printable(file), line)}: ${printable(message)}`))
  return `${lines.join('\n')}\n`
}

function modelLines(model: Model): string[] {
  const aliases = model.aliases.length > 0 ? ` (also ${model.aliases.map(printable).join(', ')})` : ''
  const none = model.deployments.length === 0 ? ['    no deployment'] : []
  return [`  ${printable(model.name)}${aliases}  # ${model.source}`, ...none, ...table(model.deployments.map((each) => deploymentCells(each)))]
}

function deploymentCells(deployment: Deployment): string[] {
  const where = deployment.endpoint?.baseUrl ?? (deployment.address === 'engine' ? deployment.upstreamModel : 'no address')
  const lane = deployment.lane === 'local' && deployment.address === 'network' ? 'local (leaves this machine)' : deployment.lane
  const state = deployment.disabled === null ? '' : `OFF: ${printable(deployment.disabled)}`
  return [`    ${printable(deployment.name)}`, lane, printable(where), state, `# ${deployment.source}`]
}

/** Columns are padded to their widest cell; a very wide one does not push the others away. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) for (const [column, cell] of row.entries()) widths[column] = Math.min(60, Math.max(widths[column] ?? 0, cell.length))
  return rows.map((row) => row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  '))
}

function shown(value: unknown): string {
  return printable(typeof value === 'string' ? value : JSON.stringify(value))
}

/** Control characters of a file never reach a terminal. */
function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
