/** An opaque secret: prints, logs and serialises as `[secret]`; only `reveal()` gives the text. */
const inspect = Symbol.for('nodejs.util.inspect.custom')

export class Secret {
  readonly #text: string
  constructor(text: string) {
    this.#text = text
  }
  /** The secret itself. Call it only where the secret leaves for the place it is for. */
  reveal(): string {
    return this.#text
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
