/** Tokens to text, piece by piece: never half a character, never the start of something that is looked for. Pure but for the detokeniser handed in. */

export interface TokenTexts {
  /** Text that became certain with this token; '' while a character is incomplete. */
  push(token: number): string
  /** What is still held at the end of an answer. */
  flush(): string
}

export interface Detokenizer {
  /** Text of `tokens`, given the tokens before them (a leading blank depends on those). */
  text(tokens: readonly number[], before: readonly number[]): string
  /** Text of a control token that must stay visible (a marker that is parsed); null = not such a token. */
  marker(token: number): string | null
}

/** One character is at most so many byte tokens; what is incomplete for longer is really U+FFFD. */
const LONGEST_CHARACTER = 8
/** Tokens of context that the detokeniser gets. */
const BEFORE = 3
const REPLACEMENT = '\uFFFD'

/** Detokenises incrementally: 🦊 or 日 are several tokens, each U+FFFD alone, so such an end is held until it is whole. */
export function createTokenTexts(detokenizer: Detokenizer, before: readonly number[]): TokenTexts {
  let held: number[] = []
  let recent = before.slice(-BEFORE)
  const release = () => {
    const text = detokenizer.text(held, recent)
    recent = [...recent, ...held].slice(-BEFORE)
    held = []
    return text
  }
  return {
    push(token) {
      const marker = detokenizer.marker(token)
      if (marker !== null) {
        const text = held.length > 0 ? release() : ''
        recent = [...recent, token].slice(-BEFORE)
        return text + marker
      }
      held.push(token)
      if (held.length < LONGEST_CHARACTER && detokenizer.text(held, recent).endsWith(REPLACEMENT)) return ''
      return release()
    },
    flush: () => (held.length > 0 ? release() : ''),
  }
}

export interface Found {
  readonly index: number
  readonly needle: string
}

/** The first of several texts in `text`; at the same place the longest. */
export function findFirst(text: string, needles: readonly string[]): Found | null {
  let best: Found | null = null
  for (const needle of needles) {
    if (needle === '') continue
    const index = text.indexOf(needle)
    if (index < 0) continue
    if (best === null || index < best.index || (index === best.index && needle.length > best.needle.length)) best = { index, needle }
  }
  return best
}

/** How many characters at the end of `text` may be the start of one of `needles`, and so must wait. */
export function heldEnd(text: string, needles: readonly string[]): number {
  let held = 0
  for (const needle of needles) {
    const longest = Math.min(needle.length - 1, text.length)
    for (let length = longest; length > held; length--) {
      if (needle.startsWith(text.slice(text.length - length))) {
        held = length
        break
      }
    }
  }
  return held
}

/** `literal` at the start of `text`, blanks aside: how many characters it took, `partial` when the text ends too early, `no` otherwise. */
export function matchLoosely(text: string, literal: string): number | 'partial' | 'no' {
  let at = 0
  for (const character of literal) {
    if (isBlank(character)) continue
    while (at < text.length && isBlank(text[at]!)) at++
    if (at >= text.length) return 'partial'
    if (!text.startsWith(character, at)) return 'no'
    at += character.length
  }
  return at
}

function isBlank(character: string): boolean {
  return character === ' ' || character === '\n' || character === '\t' || character === '\r'
}
