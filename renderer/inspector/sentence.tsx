/** A sentence whose numbers and lanes stand out. */
import { LaneName } from '../parts/lane-name.tsx'
import type { Word } from '../words/why.ts'

export function SentenceOf({ words }: { words: readonly Word[] }) {
  return words.map((word, index) => {
    if (typeof word === 'string') return word
    // A sentence is never reordered: the place is the identity.
    if ('strong' in word) return <b key={index}>{word.href === undefined ? word.strong : <a href={word.href}>{word.strong}</a>}</b>
    return (
      <LaneName key={index} lane={word.lane}>
        {word.lane}
      </LaneName>
    )
  })
}
