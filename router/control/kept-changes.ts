/** Changes of what the panel keeps over the files: one after another, and put back when the configuration does not load with them. */
import { ConfigurationError, placeOf } from '../config/index.ts'
import { HeadgateError } from '../core/errors.ts'

/** Returns a way to run changes in the order in which they came: two at once would each undo to what the other made. A failed one does not stop the next. */
export function createTurns(): <Result>(change: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  return (change) => {
    const done = last.then(change, change)
    last = done.catch(() => {})
    return done
  }
}

export interface WayBack {
  readonly undo: () => void | Promise<void>
  /** Reads the configuration again. */
  readonly reload: () => Promise<void>
  /** In whose words a configuration is refused that does not load with the change. */
  readonly invalid: (message: string) => HeadgateError
}

/** Does `work`, which changes and reloads; when it throws, puts things back. Throws `configuration_broken` where the files do not load without the change either. */
export async function tryChange<Result>(work: () => Promise<Result>, { undo, reload, invalid }: WayBack): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    await undo()
    const ofFiles = await reload().then(
      () => null,
      (reason: unknown) => reason,
    )
    if (ofFiles instanceof ConfigurationError) throw brokenFiles(ofFiles)
    throw error instanceof ConfigurationError ? invalid(error.message) : error
  }
}

/** What a caller hears whose change is not to blame. */
export function brokenFiles(error: ConfigurationError): HeadgateError {
  return new HeadgateError(
    'invalid-request',
    `The files do not load, so nothing can be changed here: ${placeOf(error.file, error.line)}: ${error.message}`,
    {
      status: 409,
      code: 'configuration_broken',
      cause: error,
    },
  )
}
