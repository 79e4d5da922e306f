/**
 * Placeholders for text that a template would mix with its own control tokens (tool names, arguments, results): rendered as a plain word,
 * put back afterwards as text. Invariant: what stood behind a placeholder is never tokenised as control tokens.
 */

export interface Sentinels {
  /** A word that stands for `text`. */
  hide(text: string): string
  /** The same value with every string (keys too) that `isRisky` says replaced by its placeholder. */
  hideRisky<T>(value: T, isRisky: (text: string) => boolean): T
  /** Cuts `text` at placeholders: literal pieces and what stood behind each, escaped as JSON inside quotes where the template put it there. */
  reveal(text: string): readonly { readonly text: string; readonly hidden: boolean }[]
}

/** `unused` must hold no word that starts like a placeholder; the mark grows until that is so. */
export function createSentinels(unused: (mark: string) => boolean): Sentinels {
  let mark = 'Qhgq'
  while (!unused(mark)) mark += 'q'
  const hidden: string[] = []
  const numbers = new Map<string, number>()
  const pattern = new RegExp(`${mark}(\\d+)Z`, 'g')

  const hide = (text: string) => {
    let number = numbers.get(text)
    if (number === undefined) {
      number = hidden.push(text) - 1
      numbers.set(text, number)
    }
    return `${mark}${number}Z`
  }

  const walk = (value: unknown, isRisky: (text: string) => boolean): unknown => {
    if (typeof value === 'string') return isRisky(value) ? hide(value) : value
    if (Array.isArray(value)) return value.map((item) => walk(item, isRisky))
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [isRisky(key) ? hide(key) : key, walk(item, isRisky)]))
    return value
  }

  return {
    hide,
    hideRisky: (value, isRisky) => walk(value, isRisky) as typeof value,
    reveal(text) {
      const pieces: { text: string; hidden: boolean }[] = []
      let at = 0
      for (const match of text.matchAll(pattern)) {
        if (match.index > at) pieces.push({ text: text.slice(at, match.index), hidden: false })
        const end = match.index + match[0].length
        const original = hidden[Number(match[1])] ?? match[0]
        const isQuoted = text[match.index - 1] === '"' && text[end] === '"'
        pieces.push({ text: isQuoted ? JSON.stringify(original).slice(1, -1) : original, hidden: true })
        at = end
      }
      if (at < text.length) pieces.push({ text: text.slice(at), hidden: false })
      return pieces
    },
  }
}
