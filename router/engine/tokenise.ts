/** Rendered prompt to tokens: message text never becomes control tokens, long text is cut so that the event loop breathes. */
import { type LlamaModel, type LlamaText, SpecialToken, SpecialTokensText, type Token } from 'node-llama-cpp'
import type { KnownAnswers } from './known-answers.ts'

/** Longest piece that is tokenised at once (32 ms per 100 kB). */
const PIECE = 65_536

/** Tokens of a rendered prompt. Texts that the model wrote itself keep the tokens that it wrote them with. */
export async function tokenisePrompt(model: LlamaModel, rendered: LlamaText, answers: KnownAnswers): Promise<number[]> {
  const tokens: number[] = []
  const add = (more: readonly number[]) => {
    for (const token of more) tokens.push(token)
  }
  for (const value of rendered.values) {
    const trim = tokens.length > 0 ? 'trimLeadingSpace' : undefined
    if (value instanceof SpecialToken) add(value.tokenize(model.tokenizer))
    else if (value instanceof SpecialTokensText) add(value.tokenize(model.tokenizer, tokens.length > 0))
    else {
      const known = answers.find(value)
      if (known) add(known)
      else if (value.length <= PIECE) add(model.tokenize(value, false, trim))
      else
        for (const piece of cutText(value, PIECE)) {
          add(model.tokenize(piece, false, tokens.length > 0 ? 'trimLeadingSpace' : undefined))
          await new Promise<void>((resolve) => setImmediate(resolve))
        }
    }
  }
  return withStart(model, tokens)
}

/** Pieces of at most `size` characters, cut before a letter after a line end: no tokeniser joins across that. A longer line is cut where it must. */
export function cutText(text: string, size: number): string[] {
  const pieces: string[] = []
  let start = 0
  while (text.length - start > size) {
    let end = start + size
    for (let at = end; at > start; at--)
      if (text[at - 1] === '\n' && /\p{L}/u.test(text[at] ?? '')) {
        end = at
        break
      }
    if (isLowSurrogate(text.charCodeAt(end))) end--
    pieces.push(text.slice(start, end))
    start = end
  }
  pieces.push(text.slice(start))
  return pieces
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff
}

/** Models that want a start token get one where the template gave none. */
function withStart(model: LlamaModel, tokens: number[]): number[] {
  const { bos, shouldPrependBosToken } = model.tokens
  if (shouldPrependBosToken && bos !== null && tokens[0] !== bos) tokens.unshift(bos as Token)
  return tokens
}
