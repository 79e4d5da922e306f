/** Where a window opens: where it was, as far as that is on a display that is there now. */

export interface Bounds {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export const usualSize = { width: 1280, height: 800 } as const
export const smallestSize = { width: 720, height: 480 } as const
/** So much of the title bar has to be reachable, in points. */
const REACHABLE = 80

/** `workAreas`: of every display. Without a place the system centres it. */
export function boundsToOpen(kept: Bounds | undefined, workAreas: readonly Bounds[]): { width: number; height: number; x?: number; y?: number } {
  if (kept === undefined) return usualSize
  const area = workAreas.find((each) => isReachable(kept, each))
  const largest = area ?? workAreas[0]
  const size = {
    width: Math.max(smallestSize.width, Math.min(kept.width, largest?.width ?? kept.width)),
    height: Math.max(smallestSize.height, Math.min(kept.height, largest?.height ?? kept.height)),
  }
  return area === undefined ? size : { ...size, x: kept.x, y: kept.y }
}

function isReachable(bounds: Bounds, area: Bounds): boolean {
  const across = Math.min(bounds.x + bounds.width, area.x + area.width) - Math.max(bounds.x, area.x)
  return across >= REACHABLE && bounds.y >= area.y - 1 && bounds.y <= area.y + area.height - REACHABLE
}
