/** Names the program that holds a port, where the operating system tells. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'

/** ` by nginx (process 812)`, or an empty string where it cannot be known. */
export function whoHolds(port: number): string {
  try {
    return process.platform === 'linux' ? onLinux(port) : withLsof(port)
  } catch {
    return ''
  }
}

function withLsof(port: number): string {
  const lines = execFileSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], {
    encoding: 'utf8',
    timeout: 2_000,
    stdio: ['ignore', 'pipe', 'ignore'],
  }).split('\n')
  const pid = lines.find((line) => line.startsWith('p'))?.slice(1)
  const name = lines.find((line) => line.startsWith('c'))?.slice(1)
  return pid ? ` by ${name ?? 'a program'} (process ${pid})` : ''
}

function onLinux(port: number): string {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  const inodes = new Set<string>()
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6'])
    for (const line of readFileSync(table, 'utf8').split('\n')) {
      const fields = line.trim().split(/\s+/)
      if (fields[1]?.endsWith(`:${wanted}`) && fields[3] === '0A' && fields[9]) inodes.add(fields[9])
    }
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    let descriptors: string[]
    try {
      descriptors = readdirSync(`/proc/${pid}/fd`)
    } catch {
      continue // another user's, or gone
    }
    for (const descriptor of descriptors) {
      try {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`))?.[1]
        if (inode && inodes.has(inode)) return ` by ${programOf(pid)} (process ${pid})`
      } catch {
        // closed meanwhile
      }
    }
  }
  return ''
}

/** Its command line rather than the name of its thread: `node headgate.js serve` says more than `MainThread`. */
function programOf(pid: string): string {
  const [program = '', script = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  const names = [program, /\.[cm]?[jt]s$/.test(script) ? script : ''].filter(Boolean).map((path) => basename(path))
  return names.join(' ') || readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
}
