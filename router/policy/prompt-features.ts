/** What a prompt is about, from a bounded look at its last user message: cheap marks, no model. Each mark says in words why. */

import type { PromptFeatures } from '../core/plan.ts'

/** Characters that are looked at: the start and the end of a long message. */
const LOOKED_AT = 4_096

const codeMarks: readonly (readonly [RegExp, string])[] = [
  [/```|~~~/, 'a code block'],
  [/\b(?:function|class|const|import|def|return|public static|fn|impl|struct|#include)\b[^.\n]{0,80}[({;:=<]/, 'source code'],
  [/\b(?:SELECT|INSERT|UPDATE|DELETE)\b.{1,80}\b(?:FROM|INTO|SET|WHERE)\b/s, 'SQL'],
  [/\b(?:Traceback|Exception|stack ?trace|segfault|TypeError|undefined is not|npm ERR|error\[E\d+\])/i, 'an error trace'],
  [/\b(?:refactor|unit tests?|regex|compile[rs]?|API endpoint|pull request|bug ?fix|debug(?:ging)?|dockerfile)\b/i, 'words of programming'],
  [
    /\b(?:python|javascript|typescript|rust|golang|java|kotlin|swift|c\+\+|bash|sql)\b.{0,40}\b(?:script|function|program|code|class|query)\b/i,
    'a program is asked for',
  ],
]

const mathMarks: readonly (readonly [RegExp, string])[] = [
  [/\\(?:frac|int|sum|sqrt|begin\{|mathbb)|\$\$/, 'LaTeX'],
  [/\d\s*[+*/^×÷]\s*\d|\d\s*-\s*\d+\s*=|[xyn]\s*\^?\s*\d?\s*[+=-]\s*\d/, 'a calculation'],
  [/\b(?:solve|prove|integral|derivative|equation|theorem|probability|matrix|eigenvalue|modulo|factori[sz]e|how many)\b/i, 'words of mathematics'],
]

const hardMarks: readonly (readonly [RegExp, number, string])[] = [
  [/\b(?:step by step|think carefully|in detail|thorough(?:ly)?|rigorous(?:ly)?)\b/i, 0.25, 'care is asked for'],
  [
    /\b(?:prove|derive|design|architect(?:ure)?|optimi[sz]e|analy[sz]e|compare|evaluate|trade-?offs?|strategy|plan)\b/i,
    0.25,
    'analysis is asked for',
  ],
  [/\b(?:legal|medical|contract|diagnos|regulat|compliance|security review)/i, 0.2, 'a field that forgives little'],
  [/(?:\?[^?]*){3,}/, 0.15, 'several questions'],
  [/(?:^|\n)\s*(?:\d+[.)]|[-*])\s+\S[^\n]*(?:\n\s*(?:\d+[.)]|[-*])\s+\S[^\n]*){2,}/, 0.15, 'a list of demands'],
]

/** `text`: the last user message; `turns`: user messages so far. Linear in the part that is looked at. */
export function promptFeatures(text: string, turns: number): PromptFeatures {
  const part = text.length <= LOOKED_AT ? text : `${text.slice(0, LOOKED_AT / 2)}\n${text.slice(-LOOKED_AT / 2)}`
  const code = codeMarks.filter(([mark]) => mark.test(part)).map(([, words]) => words)
  const math = mathMarks.filter(([mark]) => mark.test(part)).map(([, words]) => words)
  const hard = hardMarks.filter(([mark]) => mark.test(part))
  const length = Math.min(0.3, text.length / 20_000)
  const hardness = Math.min(
    1,
    hard.reduce((sum, [, weight]) => sum + weight, length),
  )
  return {
    isCode: code.length > 0,
    isMath: math.length > 0 && code.length === 0,
    hardness: Math.round(hardness * 100) / 100,
    turns,
    seen: [...code, ...math, ...hard.map(([, , words]) => words)],
  }
}
