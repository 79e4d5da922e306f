/** A pattern as a test of names: RE2, so in time linear in the name whatever a person writes, behind a look at how the name begins and ends. */
import { RE2JS } from 're2js'

/** As anchored as it is written. Throws what RE2 says of a pattern that it cannot read. */
export function compilePattern(pattern: string): (name: string) => boolean {
  const compiled = RE2JS.compile(pattern)
  const { begins, ends } = edgesOf(pattern)
  // A configuration has up to thousands of patterns, and most names fail most of them here.
  return (name) => name.startsWith(begins) && name.endsWith(ends) && compiled.test(name)
}

const literal = /[A-Za-z0-9/:_@ -]/
const none = { begins: '', ends: '' } as const

/** Text with which every name begins and ends that the pattern takes; empty where it is not that plain. Flags and alternatives are never plain. */
export function edgesOf(pattern: string): { readonly begins: string; readonly ends: string } {
  if (/[|]|\(\?|\\[QEpP]/.test(pattern)) return none
  return { begins: pattern.startsWith('^') ? beginningOf(pattern.slice(1)) : '', ends: pattern.endsWith('$') ? endOf(pattern.slice(0, -1)) : '' }
}

/** Literals and escaped punctuation up to anything else; the last one falls away where it may repeat or be missing. */
function beginningOf(body: string): string {
  let begins = ''
  for (let at = 0; at < body.length; ) {
    const char = body[at] as string
    const escaped = char === '\\' ? (body[at + 1] ?? '') : ''
    const isLiteral = literal.test(char) || (escaped !== '' && /[^A-Za-z0-9]/.test(escaped))
    if (!isLiteral) return begins
    const next = at + (escaped === '' ? 1 : 2)
    if (/[*?{+]/.test(body[next] ?? '')) return begins
    begins += escaped === '' ? char : escaped
    at = next
  }
  return begins
}

/** The same from the end. A letter after a backslash is a class of its own, and a second backslash before it would make it none: there it ends. */
function endOf(body: string): string {
  let ends = ''
  for (let at = body.length - 1; at >= 0; ) {
    const char = body[at] as string
    const isEscaped = body[at - 1] === '\\'
    if (isEscaped && (body[at - 2] === '\\' || /[A-Za-z0-9]/.test(char))) return ends
    if (!isEscaped && !literal.test(char)) return ends
    ends = char + ends
    at -= isEscaped ? 2 : 1
  }
  return ends
}
