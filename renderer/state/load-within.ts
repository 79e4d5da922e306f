/** Loads that events ask for: many at once become one, and the earliest of them counts. */

/** Asks for `load` within so many ms; what is due sooner stays. */
export function createLoadWithin(load: () => void): (ms: number) => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let dueAt = Number.POSITIVE_INFINITY
  return (ms) => {
    const at = performance.now() + ms
    if (at >= dueAt) return
    clearTimeout(timer)
    dueAt = at
    timer = setTimeout(() => {
      dueAt = Number.POSITIVE_INFINITY
      load()
    }, ms)
  }
}
