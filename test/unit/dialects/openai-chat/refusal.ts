/** Shared by the tests of this dialect: a body from a value, and the refusal that a call ends in. */
import { HeadgateError } from '../../../../router/core/errors.ts'
import { type ParsedBody, parseBody } from '../../../../router/core/json-text.ts'

export const bodyOf = (value: unknown): ParsedBody => parseBody(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)))

export function refusalOf(run: () => unknown): HeadgateError {
  try {
    run()
  } catch (error) {
    if (error instanceof HeadgateError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

export const user = (content: unknown) => ({ role: 'user', content })
