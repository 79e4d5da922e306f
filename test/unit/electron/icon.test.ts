/** One icon at a time, the most severe first; the files are those that the drawing gives, in both sizes. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { iconFile, iconNames, iconOf } from '../../../electron/tray/icon.ts'
import { tooltipOf, trayTextOf } from '../../../electron/tray/tooltip.ts'
import { trayIcon } from '../../../tools/make-tray-icons.ts'
import { root } from '../../architecture/source-tree.ts'
import { deployment, engine, router, situation, split } from './situations.ts'

/** Each state on top of all that are less severe. */
const loaded = engine({ loaded: true, state: 'healthy' })
const levels: readonly [string, Parameters<typeof situation>[0], Parameters<typeof situation>[1]][] = [
  ['idle', {}, {}],
  ['loaded', { deployments: [loaded] }, {}],
  ['remote', { split: split({ lock: 'remote' }) }, {}],
  ['local', { split: split({ lock: 'local' }) }, {}],
  ['finished', {}, { hasUnseen: true }],
  ['downloading', { downloads: [{ id: 'd', model: 'm', state: 'downloading', percent: 1, isActive: true }] }, {}],
  ['paused', { isPaused: true }, {}],
  ['attention', { problems: [{ level: 'error', message: 'x', how_to_fix: '' }] }, {}],
]

test.each(levels.map(([name], at) => [name, at] as const))('%s wins over what is less severe', (name, at) => {
  const all = levels.slice(0, at + 1)
  const status = Object.assign({}, ...all.map(([, change]) => change))
  const app = Object.assign({}, ...all.map(([, , change]) => change))
  expect(iconOf(situation(status, app)).name).toBe(name)
})

test('no router, or one that cannot start, needs attention', () => {
  expect(iconOf(situation(null)).name).toBe('attention')
  expect(iconOf(situation(null, { problem: 'Port 4777 is in use' })).name).toBe('attention')
})

test('a warning or a paused download is no reason for a sign', () => {
  const status = {
    problems: [{ level: 'warn', message: 'x', how_to_fix: '' }] as const,
    downloads: [{ id: 'd', model: 'm', state: 'paused', percent: 1, isActive: false }],
  }
  expect(iconOf(situation(status)).name).toBe('idle')
})

test('it pulses while a local model answers, not while a provider does', () => {
  expect(iconOf(situation({ deployments: [engine({ loaded: true, in_flight: 1 })] }))).toEqual({ name: 'loaded', isPulsing: true })
  expect(iconOf(situation({ deployments: [loaded, deployment({ in_flight: 3 })] })).isPulsing).toBe(false)
})

describe('the files', () => {
  test.each(iconNames)('%s are as drawn, in 16 and 32 pixels', (name) => {
    for (const [scale, suffix] of [
      [1, '.png'],
      [2, '@2x.png'],
    ] as const) {
      const file = readFileSync(join(root, 'resources', iconFile(name).replace('.png', suffix)))
      expect(file.equals(trayIcon(name, scale)), `node tools/make-tray-icons.ts draws ${name} anew`).toBe(true)
      expect([file.readUInt32BE(16), file.readUInt32BE(20)]).toEqual([16 * scale, 16 * scale])
      expect(iconFile(name)).toMatch(/Template\.png$/)
    }
  })

  test('are black with alpha only, and no two look alike', () => {
    const pixels = iconNames.map((name) => {
      const png = trayIcon(name, 2)
      const at = png.indexOf('IDAT')
      const rows = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)))
      const grey = rows.filter((_, index) => index % 65 !== 0 && (index % 65) % 2 === 1)
      expect(grey.every((value) => value === 0)).toBe(true)
      return rows.toString('base64')
    })
    expect(new Set(pixels).size).toBe(iconNames.length)
  })
})

describe('a glance', () => {
  test('at the tooltip answers what is set, what is loaded and where', () => {
    expect(tooltipOf(situation({ deployments: [loaded] }))).toBe('Headgate – Prefer Local – qwen3:8b loaded – 127.0.0.1:4777')
    expect(tooltipOf(situation({ isPaused: true, split: split({ preset: 'custom', remoteShare: 0.3 }) }))).toBe(
      'Headgate – paused – 30 % remote – no local model loaded – 127.0.0.1:4777',
    )
    expect(tooltipOf(situation({ override: { lock: 'local', until: null, since: 0, by: 'tray' } }))).toContain('Local Only for now')
    expect(tooltipOf(situation(null, { problem: 'Port 4777 is in use' }))).toBe('Headgate – Port 4777 is in use')
  })

  test('beside the icon there is nothing, the speed or the share', () => {
    const text = (trayText: 'none' | 'speed' | 'share') =>
      trayTextOf(
        situation({
          desktop: { ...router().desktop, trayText },
          split: split({ remoteShare: 0.3 }),
          deployments: [engine({ loaded: true, in_flight: 1, tokens_per_s: 41.7 })],
        }),
      )
    expect([text('none'), text('speed'), text('share')]).toEqual(['', '42 t/s', '30 % remote'])
  })
})
