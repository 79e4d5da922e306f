/** A map whose keys are all known: unknown ones are refused first, each with the nearest known key. */
import { z } from 'zod'
import { nearNames } from '../../policy/near-names.ts'
import { hintOf, quote } from '../configuration-error.ts'

/** Keys that only explain; known everywhere, read by nobody. */
export const explainingKeys: ReadonlySet<string> = new Set(['description', 'reason', 'applicable_to'])

export function unknownKey(key: string, known: readonly string[]): string {
  return `unknown key ${quote(key)}; ${hintOf(nearNames(key, [...known, ...explainingKeys], 1), known)}`
}

/**
 * Like `z.strictObject`, but an unknown key is reported before anything inside the map is looked at: whoever mistypes `base_url` wants to read
 * that, not that `base_url` is missing.
 */
export function knownMap<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape)
  return z
    .unknown()
    .superRefine((value, context) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return context.addIssue({ code: 'custom', message: 'expected a map' })
      for (const key of Object.keys(value))
        if (!Object.hasOwn(shape, key) && !explainingKeys.has(key)) context.addIssue({ code: 'custom', path: [key], message: unknownKey(key, known) })
    })
    .pipe(z.object(shape))
}

/** Like `z.looseObject`, but where one of the required keys is missing, an unknown key that looks like it is reported first. */
export function looseMap<Shape extends z.ZodRawShape>(shape: Shape, required: readonly (keyof Shape & string)[]) {
  return z
    .unknown()
    .superRefine((value, context) => {
      if (typeof value !== 'object' || value === null) return
      const missing = required.filter((key) => !Object.hasOwn(value, key))
      for (const key of Object.keys(value))
        if (!Object.hasOwn(shape, key) && nearNames(key, missing, 1).length > 0)
          context.addIssue({ code: 'custom', path: [key], message: unknownKey(key, missing) })
    })
    .pipe(z.looseObject(shape))
}
