/** What the palette shows for a few typed letters. Invariant: every typed word occurs in a shown command; better places come first, and the groups keep their order. */
import type { Command } from './commands.ts'

const shownAtMost = 60
const perGroup = 14

/** With nothing typed: the commands of everyday, without the long lists. */
export function matching(commands: readonly Command[], typed: string): readonly Command[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return commands.filter(({ isListed }) => isListed)
  const scored = commands.flatMap((command) => {
    const score = scoreOf(command, words)
    return score === null ? [] : [{ command, score }]
  })
  const groups = new Map<string, typeof scored>()
  for (const each of scored) groups.set(each.command.group, [...(groups.get(each.command.group) ?? []), each])
  return [...groups.values()]
    .map((group) => group.sort((one, other) => one.score - other.score).slice(0, perGroup))
    .sort((one, other) => (one[0]?.score ?? 0) - (other[0]?.score ?? 0))
    .flat()
    .slice(0, shownAtMost)
    .map(({ command }) => command)
}

/** Lower is better; null = a word is not in it. A word at the start of the label is best, at the start of any word good, inside one all right. */
function scoreOf({ label, words: more = '', group }: Command, words: readonly string[]): number | null {
  const name = label.toLowerCase()
  const all = `${name} ${more.toLowerCase()} ${group.toLowerCase()}`
  let score = 0
  for (const word of words) {
    // One or two letters are in every group's name: they count for the label only.
    if (!(word.length < 3 ? name : all).includes(word)) return null
    if (name.startsWith(word)) continue
    score += startsAWord(name, word) ? 1 : name.includes(word) ? 2 : startsAWord(all, word) ? 3 : 4
  }
  return score
}

function startsAWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) if (at === 0 || /[^\p{L}\p{N}]/u.test(text[at - 1] ?? '')) return true
  return false
}
