/** Fits, tight, too large: glyph, colour and word; the numbers stand beside it in words. */
import { Ban, Check, TriangleAlert } from 'lucide-react'
import type { Fit } from '../api/downloads.ts'
import { strings } from '../strings/index.ts'

const words = strings.downloads.fit
const looks = { fits: ['ok', Check], tight: ['warn', TriangleAlert], 'too-large': ['error', Ban] } as const

export function FitBadge({ fit }: { readonly fit: Fit }) {
  return (
    <span className="fit" title={fit.why}>
      <FitWord fit={fit} label={words.words[fit.word]} />
      <span className="caption clip">{words.needs(fit.needs_bytes, fit.of_bytes)}</span>
    </span>
  )
}

/** Where the numbers have a place of their own. */
export function FitWord({ fit, label }: { readonly fit: Fit; readonly label: string }) {
  const [look, Icon] = looks[fit.word]
  return (
    <span className={`badge ${look}`}>
      <Icon className="icon" size={12} strokeWidth={2} aria-hidden />
      {label}
    </span>
  )
}
