/** What has to be closed, in the reverse order of its start. Invariant: a part that fails to close keeps no other open. */

export interface Stops {
  /** `close` is called once, when the router stops or its start fails. */
  add(name: string, close: () => unknown): void
  /** Closes everything, the last added first. */
  run(): Promise<void>
}

export function createStops(onTrouble: (name: string, error: unknown) => void): Stops {
  const closings: { readonly name: string; readonly close: () => unknown }[] = []
  return {
    add: (name, close) => void closings.push({ name, close }),
    async run() {
      for (let last = closings.pop(); last; last = closings.pop())
        try {
          await last.close()
        } catch (error) {
          onTrouble(last.name, error)
        }
    },
  }
}
