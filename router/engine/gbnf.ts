/** Small pieces of llama.cpp's grammar notation: literals, and giving rules of one grammar names that do not clash with another's. Pure. */

/** A literal that matches exactly `text`. */
export function gbnfLiteral(text: string): string {
  let out = ''
  for (const character of text) {
    const code = character.codePointAt(0)!
    if (character === '"' || character === '\\') out += `\\${character}`
    else if (character === '\n') out += '\\n'
    else if (character === '\r') out += '\\r'
    else if (character === '\t') out += '\\t'
    else if (code < 0x20) out += `\\x${code.toString(16).padStart(2, '0').toUpperCase()}`
    else out += character
  }
  return `"${out}"`
}

/** Token of a grammar: string literal, character class, comment, or a rule's name. Everything else is punctuation. */
const TOKEN = /"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]|#[^\n]*|\{[\d,]*\}|[A-Za-z0-9][A-Za-z0-9-]*/g

/** The same grammar with every rule called `prefix-name`; its root is then `prefix-root`. */
export function withRulePrefix(grammar: string, prefix: string): string {
  return grammar.replace(TOKEN, (token) => (/^[A-Za-z0-9]/.test(token) ? `${prefix}-${token}` : token))
}
