/** The `headgate` command line. Each command loads only what it needs. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command } from 'commander'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
const program = new Command('headgate')
  .version(version)
  .description('One address for every tool, a local lane and a remote lane, one split between them.')
  .showHelpAfterError()
const environment = process.env
/** `--data` of a command is HEADGATE_DATA for that command. */
const dataOption = ['--data <folder>', 'data folder (HEADGATE_DATA)'] as const
program.hook('preAction', (_program, command) => {
  const { data } = command.opts() as { data?: string }
  if (data) environment['HEADGATE_DATA'] = resolve(data)
})

program
  .command('start', { hidden: true })
  .description('what `npm start` runs: the menu-bar app where it can be had, else the same router and panel headless')
  .action(async () => {
    const { start } = await import('./cli/start.ts')
    await start(environment)
    process.exit(0)
  })

program
  .command('serve', { isDefault: true })
  .description('run the router and its control panel without a desktop')
  .option('--port <n>', 'port, 0 = any free one (HEADGATE_PORT, 4777)')
  .option('--host <h>', 'address to listen on (HEADGATE_HOST, 127.0.0.1 and ::1)')
  .option('--data <folder>', 'data folder (HEADGATE_DATA)')
  .option('--config <folder>', 'configuration folder (HEADGATE_CONFIG)')
  .action(async (options) => {
    const { serve } = await import('./cli/serve.ts')
    await serve(options, environment)
    process.exit(0)
  })

program
  .command('check')
  .description('validate the configuration and print it with the source of each value')
  .option('--config <folder>', 'configuration folder')
  .option('--data <folder>', 'data folder')
  .action(async (options) => {
    const { checkConfiguration } = await import('./cli/check.ts')
    process.exitCode = await checkConfiguration(options, environment)
  })

program
  .command('import')
  .argument('<file...>', 'configuration of LiteLLM or HybridInference; several become one')
  .option('--config <folder>', 'configuration folder')
  .option('--data <folder>', 'data folder')
  .option('--write', 'write imported-NAME.yaml into the configuration folder, if it loads with it')
  .description('turn a configuration of LiteLLM or HybridInference into one of Headgate; prints it unless told to write')
  .action(async (files, options) => {
    const { importFiles } = await import('./cli/import.ts')
    process.exitCode = await importFiles(files, options, environment)
  })

program
  .command('explain')
  .option(...dataOption)
  .argument('<model>', 'model name as a tool would send it')
  .option('--header <k=v...>', 'request header', (pair: string, all: string[]) => [...all, pair], [] as string[])
  .option('--prompt <text>', 'prompt of the request', 'Hello')
  .option('--json', 'the plan as JSON')
  .description('say where a request would go, and why')
  .action(async (model, options) => {
    const { explain } = await import('./cli/explain.ts')
    await explain(model, options, environment)
  })

program
  .command('probe')
  .argument('<url>', 'address of a server')
  .option('--expect-ms <n>', 'slower than this is degraded', '500')
  .description('check that a server answers; prints STATUS=…,LATENCY_MS=…')
  .action(async (url, options) => {
    const { probeUrl } = await import('./cli/probe.ts')
    const report = await probeUrl(url, Number(options.expectMs))
    console.log(report.line)
    if (report.note) console.error(report.note)
    process.exitCode = report.status === 'healthy' ? 0 : 1
  })

program
  .command('split')
  .option(...dataOption)
  .argument('[value]', '0-100 (percent remote), local-only, prefer-local, balanced, prefer-remote, remote-only, or reset')
  .description('show or change how much goes remote')
  .action(async (value) => {
    const { split } = await import('./cli/split.ts')
    await split(value, environment)
  })

program
  .command('status')
  .option(...dataOption)
  .option('--json', 'as JSON')
  .description('what runs, where requests go, what is healthy')
  .action(async (options) => {
    const { status } = await import('./cli/status.ts')
    await status(options, environment)
  })

program
  .command('logs')
  .option(...dataOption)
  .option('-f, --follow', 'go on as lines come')
  .option('-n, --lines <n>', 'how many of the last lines', '50')
  .description('the router log')
  .action(async (options) => {
    const { logs } = await import('./cli/logs.ts')
    await logs(options, environment)
  })

const token = program.command('token').description('keys of tools')
token
  .command('create')
  .option(...dataOption)
  .option('--name <name>', 'which tool it is for', 'unnamed')
  .action(async (options) => {
    const { createToken } = await import('./cli/tokens.ts')
    await createToken(options.name, environment)
  })
token
  .command('list')
  .option(...dataOption)
  .action(async () => {
    const { listTokens } = await import('./cli/tokens.ts')
    listTokens(environment)
  })
token
  .command('revoke')
  .option(...dataOption)
  .argument('<key>', 'id, name or prefix')
  .action(async (key) => {
    const { revokeToken } = await import('./cli/tokens.ts')
    revokeToken(key, environment)
  })

try {
  await program.parseAsync()
} catch (error) {
  console.error((error as Error).message)
  process.exit(1)
}
