/** Door of health: counts what attempts say, and says when a deployment is out and when it is back. Pure: time and chance come in as values. */
export { createHealthBook } from './book.ts'
export type {
  DueProbe,
  EndedAttempt,
  HealthBook,
  HealthChange,
  HealthSettings,
  HealthSnapshot,
  ProbeConditions,
  ProbeReport,
} from './health-book.ts'
export type { Moment } from './moment.ts'
export type { ProbeKind } from './probe-schedule.ts'
export type { Quantiles } from './quantiles.ts'
export type { Place, Standing } from './record.ts'
export { type Interval, wilsonInterval, Z_95, Z_99 } from './wilson.ts'
