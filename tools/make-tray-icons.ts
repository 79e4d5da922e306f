/** `node tools/make-tray-icons.ts`: draws the menu-bar icons into resources/ (16 px and @2x, black with alpha). The same bytes every time; test/unit/electron holds the files to it. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { crc32, deflateSync } from 'node:zlib'
import { type IconName, iconFile, iconNames } from '../electron/tray/icon.ts'

/** In points of a 16 × 16 canvas, y down. */
type Point = readonly [x: number, y: number]
/** How dark a point is, 0–1. */
type Shape = (at: Point) => number

const SIZE = 16
/** Samples per pixel and direction. */
const SAMPLES = 8

// The mark of renderer/parts/brand-mark.tsx, as far as 16 points allow: two channels and the gate between them.
const left: readonly Point[] = [
  [1, 4],
  [6, 8],
  [6, 15],
  [1, 15],
]
const right: readonly Point[] = [
  [10, 1],
  [15, 1],
  [15, 12],
  [10, 8],
]
const STROKE = 1.25
const mostDark =
  (...shapes: readonly Shape[]): Shape =>
  (at) =>
    Math.max(...shapes.map((shape) => shape(at)))
const filled =
  (isInside: (at: Point) => boolean): Shape =>
  (at) =>
    isInside(at) ? 1 : 0

/** Signed distance to a triangle or any convex outline, negative inside. */
function distance(corners: readonly Point[], [x, y]: Point): number {
  let nearest = Number.POSITIVE_INFINITY
  let sides = 0
  for (const [index, [ax, ay]] of corners.entries()) {
    const [bx, by] = corners[(index + 1) % corners.length] as Point
    const along = Math.min(1, Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2)))
    nearest = Math.min(nearest, Math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay)))
    sides += Math.sign((bx - ax) * (y - ay) - (by - ay) * (x - ax))
  }
  return Math.abs(sides) === corners.length ? -nearest : nearest
}

const line = (from: Point, to: Point, width: number): Shape => filled((at) => distance([from, to], at) <= width / 2)
const polygon = (...corners: readonly Point[]): Shape => filled((at) => distance(corners, at) <= 0)
const disc = (x: number, y: number, radius: number): Shape => filled(([px, py]) => Math.hypot(px - x, py - y) <= radius)

const gate = (x: number): Shape => line([x, 1.2], [x, 14.8], 2)

/** `inside`: how dark it is within its outline. */
const channel =
  (outline: readonly Point[], inside: number): Shape =>
  (at) => {
    const depth = -distance(outline, at)
    return depth < 0 ? 0 : depth <= STROKE ? 1 : inside
  }
const mark = (inside: number): Shape => mostDark(gate(8), channel(left, inside), channel(right, inside))

/** The sign of a state takes the place of the right channel, and the rest moves over. */
const narrow: readonly Point[] = [
  [0, 4.6],
  [4, 8],
  [4, 15],
  [0, 15],
]
const withSign = (...sign: readonly Shape[]): Shape => mostDark(gate(6), channel(narrow, 0), ...sign)

const icons: Readonly<Record<IconName, Shape>> = {
  idle: mark(0),
  loaded: mark(1),
  pulse: mark(0.35),
  attention: withSign(line([12, 3.6], [12, 9], 2), disc(12, 12.6, 1.25)),
  paused: withSign(line([10.6, 4.6], [10.6, 11.4], 1.9), line([13.9, 4.6], [13.9, 11.4], 1.9)),
  downloading: withSign(line([12, 3.6], [12, 11.6], 1.6), line([9.4, 9], [12, 12], 1.6), line([15, 9], [12, 12], 1.6)),
  finished: withSign(line([9.3, 8.6], [11.4, 11], 1.7), line([11.4, 11], [15, 5], 1.7)),
  local: withSign(polygon([8.6, 8.2], [12.3, 4], [16, 8.2]), polygon([9.7, 8], [14.9, 8], [14.9, 12.4], [9.7, 12.4])),
  remote: withSign(disc(10.5, 9.8, 1.9), disc(12.3, 8, 2.3), disc(14.1, 9.8, 1.9), polygon([10.5, 9], [14.1, 9], [14.1, 11.7], [10.5, 11.7])),
}

/** The PNG of one icon, `scale` pixels to a point. */
export function trayIcon(name: IconName, scale: 1 | 2): Buffer {
  const width = SIZE * scale
  const rows = Buffer.alloc(width * (1 + 2 * width)) // each row: filter 0, then grey and alpha per pixel
  for (let y = 0; y < width; y++)
    for (let x = 0; x < width; x++) rows[y * (1 + 2 * width) + 2 + 2 * x] = Math.round(255 * coverage(icons[name], [x, y], scale))
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(width, 4)
  head.set([8, 4], 8) // 8 bits, grey with alpha
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', head), chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND')])
}

function coverage(shape: Shape, [x, y]: Point, scale: number): number {
  let sum = 0
  for (let row = 0; row < SAMPLES; row++)
    for (let column = 0; column < SAMPLES; column++) sum += shape([(x + (column + 0.5) / SAMPLES) / scale, (y + (row + 0.5) / SAMPLES) / scale])
  return sum / SAMPLES ** 2
}

function chunk(type: string, data: Buffer = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = fileURLToPath(new URL('../resources', import.meta.url))
  mkdirSync(folder, { recursive: true })
  for (const name of iconNames) {
    writeFileSync(join(folder, iconFile(name)), trayIcon(name, 1))
    writeFileSync(join(folder, iconFile(name).replace('.png', '@2x.png')), trayIcon(name, 2))
  }
}
