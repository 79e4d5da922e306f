/** What is typed into the page's search field, handed down to the rows: a row that does not match is not drawn. */
import { createContext, use } from 'react'

export const SettingQuery = createContext('')

/** Does everything that is typed occur in these words? */
export function useSettingQuery(words: string): boolean {
  return isMatching(use(SettingQuery), words)
}

export function isMatching(typed: string, words: string): boolean {
  const all = words.toLowerCase()
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word))
}
