/** Is this machine offline? Asked when several hosts cannot be reached at once, answered by a free probe of every one of them. Invariant: only two good looks and half a minute end it, so that a network that flickers moves nothing back and forth. */
import type { Clock, Timer } from '../core/clock.ts'
import type { Deployment } from '../core/deployment.ts'

const LOOK_EVERY_MS = 10_000
const LEAST_MS = 30_000
const GOOD_LOOKS = 2

export interface OfflineGuard {
  /** Looks now, unless a look is under way. */
  suspect(): void
  /** Wall clock, ms; null = online, as far as anybody knows. */
  since(): number | null
  /** It is not to act now: nobody counts as offline, and nothing looks until it is suspected anew. */
  release(): void
  stop(): void
}

export interface OfflineGuardParts {
  readonly clock: Clock
  /** Deployments on other machines. */
  readonly elsewhere: () => readonly Deployment[]
  /** Does anything answer there? Sends no prompt. */
  readonly isReachable: (deployment: Deployment) => Promise<boolean>
  /** Locked to local, nothing may be asked elsewhere, or the guard is not to act: what is known stays as it is. */
  readonly mayLook: () => boolean
  readonly onChange: (isOffline: boolean) => void
}

export function createOfflineGuard(parts: OfflineGuardParts): OfflineGuard {
  const { clock } = parts
  let since: { readonly wallMs: number; readonly monotonicMs: number } | null = null
  let goodLooks = 0
  let isLooking = false
  let isStopped = false
  let timer: Timer | null = null

  /** True as soon as one host answers; null = there is nobody to ask. */
  async function look(): Promise<boolean | null> {
    const hosts = new Map(parts.elsewhere().map((deployment) => [deployment.endpoint?.baseUrl ?? deployment.name, deployment]))
    if (hosts.size === 0 || !parts.mayLook()) return null
    return (await Promise.all([...hosts.values()].map(parts.isReachable))).includes(true)
  }

  async function check(): Promise<void> {
    if (isLooking || isStopped) return
    isLooking = true
    const isUp = await look().finally(() => {
      isLooking = false
    })
    if (isStopped) return
    if (since === null) {
      if (isUp !== false) return
      since = { wallMs: clock.now(), monotonicMs: clock.monotonic() }
      goodLooks = 0
      parts.onChange(true)
    } else if (isUp !== null) {
      goodLooks = isUp ? goodLooks + 1 : 0
      if (goodLooks >= GOOD_LOOKS && clock.monotonic() - since.monotonicMs >= LEAST_MS) {
        since = null
        parts.onChange(false)
        return
      }
    }
    timer?.cancel()
    timer = clock.after(LOOK_EVERY_MS, () => void check())
  }

  return {
    suspect: () => {
      if (since === null) void check()
    },
    since: () => since?.wallMs ?? null,
    release() {
      timer?.cancel()
      if (since === null) return
      since = null
      parts.onChange(false)
    },
    stop() {
      isStopped = true
      timer?.cancel()
    },
  }
}
