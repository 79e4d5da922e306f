/** Figures as people read them: tabular, thin space for thousands, unit after a no-break space. */

const thin = '\u2009'
const nbsp = '\u00a0'

/** 71 204 */
export const count = (value: number): string =>
  Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, thin)

/** 812, 9 214, 72.6 k, 1.84 M: three figures at most above ten thousand. */
export function amount(value: number): string {
  if (value < 100_000) return count(value)
  if (value < 1_000_000) return `${count(value / 1000)}${nbsp}k`
  return `${(value / 1_000_000).toPrecision(3)}${nbsp}M`
}

/** 14 ms, 0.36 s, 4.1 s, 12.4 s, 3 min 20 s */
export function duration(ms: number): string {
  if (ms < 99.5) return `${Math.round(ms)}${nbsp}ms`
  if (ms < 10_000) return `${(ms / 1000).toFixed(ms < 1000 ? 2 : 1)}${nbsp}s`
  if (ms < 100_000) return `${(ms / 1000).toFixed(1)}${nbsp}s`
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)}${nbsp}min ${seconds % 60}${nbsp}s`
}

/** 380 ms, 1.2 s */
export const latency = (ms: number): string => (ms < 1000 ? `${Math.round(ms)}${nbsp}ms` : duration(ms))

/** 0 B, 3.4 MB, 18.3 GB; powers of ten, as disks and networks count. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let step = 0
  let rest = value
  while (rest >= 999.5 && step < units.length - 1) {
    rest /= 1000
    step += 1
  }
  return `${step === 0 || rest >= 99.5 ? Math.round(rest) : rest.toFixed(1)}${nbsp}${units[step]}`
}

/** 18.6 of 38.0 GB; 9.9 MB of 21.0 GB: one unit where both have it. */
export function bytesOf(part: number, whole: number): string {
  const [figure = '', unit = ''] = bytes(part).split(nbsp)
  const text = bytes(whole)
  return `${text.endsWith(`${nbsp}${unit}`) || part === 0 ? figure : `${figure}${nbsp}${unit}`} of ${text}`
}

/** $0.017, $1.97, $0 */
export function usd(value: number): string {
  if (value === 0) return '$0'
  return value < 0.001 ? '< $0.001' : `$${value.toFixed(value < 0.1 ? 3 : 2)}`
}

/** 30 % */
export const percent = (value: number): string => `${Math.round(value)}${nbsp}%`

const dayAndMonth = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const two = (value: number): string => String(value).padStart(2, '0')

/** 14:32:08 today, else 23 Nov 14:32. Written for long lists: a formatter per row would cost more than the row. */
export function clockTime(at: string | number, now: number): string {
  const time = new Date(at)
  const today = new Date(now)
  const isToday = time.getDate() === today.getDate() && time.getMonth() === today.getMonth() && time.getFullYear() === today.getFullYear()
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}`
  return isToday ? `${clock}:${two(time.getSeconds())}` : `${dayAndMonth.format(time)} ${clock}`
}

/** 1 prompt, 2 prompts */
export const plural = (value: number, one: string, many = `${one}s`): string => `${count(value)} ${value === 1 ? one : many}`
