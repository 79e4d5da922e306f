/** The scalars of the configuration: names, shares, seconds, credentials. Numbers and switches also come as text, because `${VAR}` gives text. */
import { z } from 'zod'
import { Secret } from '../../core/secret.ts'
import { UnsetVariable } from '../variables.ts'

const fromText = (value: unknown) => (typeof value === 'string' && /^-?\d{1,15}(\.\d{1,15})?$/.test(value) ? Number(value) : value)

/** A number between two bounds, both allowed. */
export const number = (least: number, most: number) => z.preprocess(fromText, z.number().min(least).max(most))
export const integer = (least: number, most: number) => z.preprocess(fromText, z.int().min(least).max(most))

/** 0–1, as in all files; the panel and the command line count in percent. */
export const share = z.preprocess(fromText, z.number().min(0, 'a share lies between 0 and 1').max(1, 'a share lies between 0 and 1 (30 % is 0.3)'))

/** Seconds, more than 0, a day at most. */
export const seconds = z.preprocess(fromText, z.number().positive('expected more than 0 seconds').max(86_400))

export const toggle = z.preprocess((value) => (value === 'true' ? true : value === 'false' ? false : value), z.boolean())

/** A list, or one entry that stands for a list of one. */
export const listOf = <Item extends z.ZodType>(item: Item) =>
  z.preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(item).max(1000))

const printable = /^[^\p{Cc}\u2028\u2029]*$/u

/** A name of a model as tools send it. */
export const modelName = z.string().min(1, 'a name cannot be empty').max(256).regex(printable, 'a name cannot hold control characters')

/** A name of a provider: `model@provider` and `model/provider` must stay readable, and `@local`, `@remote` are lanes. */
export const providerName = z
  .string()
  .min(1, 'a name cannot be empty')
  .max(128)
  .regex(/^[^\p{Cc}\s@/]*$/u, 'a provider name cannot hold spaces, "@" or "/"')
  .refine((name) => name !== 'local' && name !== 'remote', 'local and remote are lanes, not names of providers')

/** Name of a deployment. */
export const deploymentName = z.string().min(1, 'a name cannot be empty').max(400).regex(printable, 'a name cannot hold control characters')

/** A base URL, checked where it is used; `UnsetVariable` where its variable is not set. */
export const endpoint = z.union([z.string().max(2048), z.instanceof(UnsetVariable)], 'expected a URL')

/** A credential: a secret from here on. Empty or null = none; `UnsetVariable` where its variable is not set. */
export const credential = z
  .union([z.string().max(8192), z.null(), z.instanceof(UnsetVariable)], 'expected text')
  .transform((value) => (typeof value === 'string' ? (value === '' ? null : new Secret(value)) : value))
