/** An opaque secret: prints, logs and serialises as `[secret]`; only `reveal()` gives the text. */
import { createHash } from 'node:crypto'

const inspect = Symbol.for('nodejs.util.inspect.custom')
/** Shorter texts (`none`, `ollama`) stand where no key is needed; hiding them would only spoil sentences. */
const SHORTEST_HIDDEN = 8
const SHORTEST_HINTED = 16

export class Secret {
  readonly #text: string
  #fingerprint: string | null = null
  constructor(text: string) {
    this.#text = text
  }
  /** The secret itself. Call it only where the secret leaves for the place it is for. */
  reveal(): string {
    return this.#text
  }
  /** Tells this secret from another without showing it: 12 hexadecimal digits. For comparisons in memory only. */
  fingerprint(): string {
    this.#fingerprint ??= createHash('sha256').update(this.#text).digest('hex').slice(0, 12)
    return this.#fingerprint
  }
  /** Its last four characters, to recognise it by; null where they would give away too much of it. */
  hint(): string | null {
    return this.#text.length < SHORTEST_HINTED ? null : this.#text.slice(-4)
  }
  /** The text with `[secret]` wherever this secret stood in it. */
  hiddenIn(text: string): string {
    return this.#text.length < SHORTEST_HIDDEN ? text : text.replaceAll(this.#text, '[secret]')
  }
  toString(): string {
    return '[secret]'
  }
  toJSON(): string {
    return '[secret]'
  }
  [inspect](): string {
    return '[secret]'
  }
}
