/** The router's host, made of Electron's parts: sealed secrets, utility processes, the battery. */
import { join } from 'node:path'
import { powerMonitor } from 'electron'
import type { Host } from '../router/core/host.ts'
import { createHeadlessHost } from '../router/index.ts'
import { spawnUtility } from './children.ts'
import { createSealedSecrets } from './secrets.ts'

export interface AppHostParts {
  /** The system keeps secrets; else they lie in a file for their owner alone. */
  readonly isSealed: boolean
  readonly notify: (title: string, body: string) => void
}

export function createAppHost(dataFolder: string, { isSealed, notify }: AppHostParts): Host {
  const plain = createHeadlessHost(dataFolder).secrets
  return {
    name: 'app',
    secrets: isSealed ? createSealedSecrets(join(dataFolder, 'secrets.sealed.json'), plain) : plain,
    spawn: spawnUtility,
    power: () => (powerMonitor.isOnBatteryPower() ? 'battery' : 'ac'),
    thermal: () => powerMonitor.getCurrentThermalState(),
    onConditions(listener) {
      powerMonitor.on('on-ac', listener).on('on-battery', listener).on('thermal-state-change', listener)
      return () => void powerMonitor.off('on-ac', listener).off('on-battery', listener).off('thermal-state-change', listener)
    },
    notify,
  }
}
