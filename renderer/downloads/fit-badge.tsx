/** Fits, tight, too large: glyph, colour and word; the numbers stand beside it in words. */
import { Ban, Check, TriangleAlert } from 'lucide-react'
import type { Fit } from '../api/downloads.ts'
import { strings } from '../strings/index.ts'

const words = strings.downloads.fit
const looks = { fits: ['ok', Check], tight: ['warn', TriangleAlert], 'too-large': ['error', Ban] } as const

export function FitBadge({ fit }: { readonly fit: Fit }) {
  const [look, Icon] = looks[fit.word]
  return (
    <span className="fit" title={fit.why}>
      <span className={`badge ${look}`}>
        <Icon className="icon" size={12} strokeWidth={2} aria-hidden />
        {words.words[fit.word]}
      </span>
      <span className="caption clip">{words.needs(fit.needs_bytes, fit.of_bytes)}</span>
    </span>
  )
}
