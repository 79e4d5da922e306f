/** The colours of charts: read from the style sheet, and again when theme or contrast change. */

/** Registered colours (`tokens.css`): only these resolve `light-dark()`. */
export type ChartColour = '--local-fill' | '--remote-fill' | '--error-fill' | '--ink-3' | '--line'

export function colourOf(name: ChartColour): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

const wantsContrast = matchMedia('(prefers-contrast: more)')
const wantsDark = matchMedia('(prefers-color-scheme: dark)')

/** A lane's fill: under increased contrast remote is hatched, so that it differs without hue. */
export function laneFill(lane: 'local' | 'remote', context: CanvasRenderingContext2D): string | CanvasPattern {
  const colour = colourOf(`--${lane}-fill`)
  if (lane === 'local' || !(wantsContrast.matches || document.documentElement.dataset['contrast'] === 'more')) return colour
  const tile = document.createElement('canvas')
  const side = 5 * devicePixelRatio
  tile.width = side
  tile.height = side
  const pen = tile.getContext('2d')
  if (!pen) return colour
  pen.fillStyle = colour
  pen.fillRect(0, 0, side, side)
  pen.strokeStyle = getComputedStyle(document.documentElement).colorScheme === 'dark' || wantsDark.matches ? '#000a' : '#fffa'
  pen.lineWidth = 1.5 * devicePixelRatio
  for (const shift of [-side, 0, side]) {
    pen.beginPath()
    pen.moveTo(shift, side)
    pen.lineTo(shift + side, 0)
    pen.stroke()
  }
  return context.createPattern(tile, 'repeat') ?? colour
}

/** Calls back after a change of theme or contrast. Returns the way to stop. */
export function onThemeChange(listener: () => void): () => void {
  const observer = new MutationObserver(listener)
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'data-contrast'] })
  for (const query of [wantsContrast, wantsDark]) query.addEventListener('change', listener)
  return () => {
    observer.disconnect()
    for (const query of [wantsContrast, wantsDark]) query.removeEventListener('change', listener)
  }
}
