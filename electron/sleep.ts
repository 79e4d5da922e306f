/** Tells the router of the machine's sleep: pooled sockets are dropped, detectors frozen, deployments looked at again. */
import { powerMonitor } from 'electron'
import type { Desk } from '../router/control/desk.ts'

export function followSleep(desk: () => Desk | null, onShutdown: () => void): void {
  powerMonitor.on('suspend', () => desk()?.suspended())
  powerMonitor.on('resume', () => desk()?.resumed())
  powerMonitor.on('shutdown', onShutdown)
}
