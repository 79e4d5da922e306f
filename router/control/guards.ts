/** The guards that a person can switch: offline, battery, heat. Says which fire, since when, and what they move. Invariant: what a person undid stays undone until tomorrow, over a restart too. */
import type { GuardSettings } from '../config/index.ts'
import { type Clock, type Timer, tomorrowAtSix } from '../core/clock.ts'
import { HeadgateError } from '../core/errors.ts'
import type { EventBus } from '../core/events.ts'
import { type ActiveGuard, type GuardKind, guardKinds, type MovingGuard } from '../core/guard.ts'
import type { Host } from '../core/host.ts'
import type { SettingsStore } from '../registry/index.ts'

/** A charger that is moved from room to room, a fan that catches up: nothing goes back and forth within it. */
const CALM_MS = 60_000
/** The host may not tell of every change: a request looks again after so long. */
const LOOK_MS = 5_000

export interface Guards {
  /** What sends new conversations away now; null = nothing does. */
  moving(): MovingGuard | null
  /** On battery, and the person wants that to be spared: one answer at a time, models unloaded soon. */
  sparesBattery(): boolean
  /** Switched on and not undone. */
  acts(kind: GuardKind): boolean
  /** Those that fire now; those that are undone too, so that it can be taken back. */
  active(): readonly ActiveGuard[]
  /** On battery for the first time, and nobody has said what that should do. */
  offersBattery(): boolean
  /** The offer was seen, whatever was answered. */
  closeOffer(): void
  /** Undone until tomorrow at six. Throws `guard_not_acting`. */
  undo(kind: GuardKind, by: string): void
  /** Acts again. Throws `guard_not_undone`. */
  redo(kind: GuardKind, by: string): void
  /** Looks now, after a sleep: the host may have told of nothing. */
  look(): void
  stop(): void
}

export interface GuardParts {
  readonly clock: Clock
  readonly host: Pick<Host, 'power' | 'thermal' | 'onConditions'>
  readonly settings: SettingsStore
  readonly rules: () => GuardSettings
  /** Wall clock, ms; null = this machine has a network. */
  readonly offlineSince: () => number | null
  readonly bus: EventBus
}

interface Trigger {
  /** Wall clock, ms; null = calm. */
  since: number | null
  /** Monotonic, ms: when it became calm; null = it still fires. */
  calmFrom: number | null
}

export function createGuards(parts: GuardParts): Guards {
  const { clock, host, settings, bus } = parts
  const triggers: Record<MovingGuard['reason'], Trigger> = {
    battery: { since: null, calmFrom: null },
    thermal: { since: null, calmFrom: null },
  }
  let lookedMs = Number.NEGATIVE_INFINITY
  let timer: Timer | null = null

  function fires(kind: MovingGuard['reason']): boolean {
    return kind === 'battery' ? host.power() === 'battery' : ['serious', 'critical'].includes(host.thermal())
  }

  function look(): void {
    lookedMs = clock.monotonic()
    let nextMs: number | null = null
    for (const kind of ['battery', 'thermal'] as const) {
      const trigger = triggers[kind]
      if (fires(kind)) {
        trigger.calmFrom = null
        if (trigger.since === null) {
          trigger.since = clock.now()
          if (acts(kind)) tell(kind, 'acts')
          else if (kind === 'battery' && offersBattery()) tell(kind, 'is offered')
        }
        continue
      }
      if (trigger.since === null) continue
      trigger.calmFrom ??= lookedMs
      const leftMs = trigger.calmFrom + CALM_MS - lookedMs
      if (leftMs <= 0) {
        trigger.since = null
        trigger.calmFrom = null
        if (acts(kind)) tell(kind, 'ended')
      } else nextMs = Math.min(nextMs ?? leftMs, leftMs)
    }
    timer?.cancel()
    timer = nextMs === null ? null : clock.after(nextMs, look)
  }

  const lookIfDue = () => {
    if (clock.monotonic() - lookedMs >= LOOK_MS) look()
  }
  const tell = (kind: GuardKind, what: string) => bus.emit({ type: 'guard-changed', guard: kind, detail: what })

  /** Wall clock, ms; null = not undone. */
  function undoneUntil(kind: GuardKind): number | null {
    const undone = settings.get('guardsUndone')[kind]
    return undone !== undefined && undone.until > clock.now() ? undone.until : null
  }

  const acts = (kind: GuardKind) => parts.rules()[kind] && undoneUntil(kind) === null
  const isActing = (kind: MovingGuard['reason']) => triggers[kind].since !== null && acts(kind)

  function moving(): MovingGuard | null {
    lookIfDue()
    // Heat is the stricter one: it also keeps models from being loaded.
    const reason = isActing('thermal') ? 'thermal' : isActing('battery') ? 'battery' : null
    return reason === null ? null : { reason, detail: reason === 'thermal' ? 'this machine is hot' : 'this machine runs on battery' }
  }

  function since(kind: GuardKind): number | null {
    return kind === 'offline' ? parts.offlineSince() : triggers[kind].since
  }

  function keepUndone(kind: GuardKind, undone: { readonly until: number; readonly since: number } | undefined): void {
    const { [kind]: _, ...others } = settings.get('guardsUndone')
    settings.set('guardsUndone', undone === undefined ? others : { ...others, [kind]: undone })
  }

  const offersBattery = () => !parts.rules().battery && !settings.get('batteryOffered') && triggers.battery.since !== null

  const leave = host.onConditions(look)
  look()
  return {
    moving,
    sparesBattery() {
      lookIfDue()
      return isActing('battery')
    },
    acts,
    active() {
      lookIfDue()
      return guardKinds.flatMap((kind): ActiveGuard[] => {
        const until = undoneUntil(kind)
        // Undone, offline is not looked for any more: that it was is what can still be said.
        const from = since(kind) ?? (kind === 'offline' && until !== null ? (settings.get('guardsUndone').offline?.since ?? null) : null)
        return from === null || !parts.rules()[kind] ? [] : [{ kind, since: from, undoneUntil: until }]
      })
    },
    offersBattery,
    closeOffer() {
      settings.set('batteryOffered', true)
      tell('battery', 'offer closed')
    },
    undo(kind, by) {
      const now = clock.now()
      const from = since(kind)
      if (from === null || !parts.rules()[kind])
        throw new HeadgateError('not-found', `The guard ${kind} does not act now.`, { code: 'guard_not_acting' })
      keepUndone(kind, { until: tomorrowAtSix(now), since: from })
      tell(kind, `undone until tomorrow by ${by}`)
    },
    redo(kind, by) {
      if (undoneUntil(kind) === null) throw new HeadgateError('not-found', `The guard ${kind} is not undone.`, { code: 'guard_not_undone' })
      keepUndone(kind, undefined)
      tell(kind, `acts again, by ${by}`)
    },
    look,
    stop() {
      leave()
      timer?.cancel()
    },
  }
}
