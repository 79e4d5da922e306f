/** Why a call failed: the router's own sentence, or that there is no router. */
import { NoRouter } from '../api/client.ts'
import { strings } from '../strings/index.ts'

export const failureWords = (error: unknown): string =>
  error instanceof Error && !(error instanceof NoRouter) ? error.message : strings.connection.noAnswer
