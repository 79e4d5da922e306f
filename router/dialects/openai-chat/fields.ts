/** Reads single fields of a request body strictly: null counts as absent, everything odd is an `invalid-request` that names its place. */
import { HeadgateError } from '../../core/errors.ts'

export interface Range {
  /** Lowest value allowed. */
  readonly from?: number
  /** The value must be larger than this. */
  readonly above?: number
  readonly to: number
  readonly isWhole?: boolean
}

/** Codes `invalid_type` for what is no number, `out_of_range` for a number outside of `range` or with a fraction. */
export function numberIn(value: unknown, param: string, range: Range): number | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number') throw invalid('invalid_type', param, `${param} must be a number.`)
  const { from, above, to, isWhole } = range
  const isFine =
    (from === undefined || value >= from) && (above === undefined || value > above) && value <= to && (!isWhole || Number.isInteger(value))
  if (!isFine) throw invalid('out_of_range', param, `${param} must be ${isWhole ? 'a whole number' : 'a number'} ${rangeWords(range)}.`)
  return value
}

function rangeWords({ from, above, to }: Range): string {
  const low = from === undefined ? `above ${above}` : `from ${from}`
  return to >= Number.MAX_SAFE_INTEGER ? low : `${low} to ${to}`
}

export function optional(value: unknown, type: 'string', param: string): string | undefined
export function optional(value: unknown, type: 'boolean', param: string): boolean | undefined
export function optional(value: unknown, type: 'string' | 'boolean', param: string): string | boolean | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== type) throw invalid('invalid_type', param, `${param} must be a ${type}.`)
  return value as string | boolean
}

export function invalid(code: string, param: string, message: string): HeadgateError {
  return new HeadgateError('invalid-request', message, { code, param })
}
