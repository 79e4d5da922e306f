/** What the benchmarks share: child processes with their CPU time, medians, the machine's load. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'

/** Starts a script with the flags of `npm start`, every side alike, and resolves with the first match of `pattern` in its output. */
export function start(
  script: string,
  args: readonly string[],
  pattern: RegExp,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ child: ChildProcess; match: string }> {
  const child = spawn(process.execPath, ['--max-semi-space-size=32', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  })
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (data: Buffer) => {
      text += data.toString('utf8')
      const match = pattern.exec(text)
      if (match) resolve({ child, match: match[1] ?? match[0] })
    })
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code} before it was ready`)))
  })
}

/** User and system time of a process so far, in ms. */
export function cpuMs(child: ChildProcess): number {
  if (process.platform === 'linux') {
    const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) * 10 // clock ticks of 1/100 s
  }
  const [minutes = '0', seconds = '0'] = execFileSync('ps', ['-o', 'cputime=', '-p', String(child.pid)], { encoding: 'utf8' })
    .trim()
    .split(/:(?=[\d.]+$)/)
  return (Number(minutes.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)) * 60 + Number(seconds)) * 1000
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN
}

export const median = (values: readonly number[]) => quantile(values, 0.5)

export function printMachine(): void {
  console.log(
    `${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, Node ${process.version}, load ${loadavg()
      .map((value) => value.toFixed(2))
      .join(' ')}`,
  )
}
