/** Answers of late with the tokens they were written with: re-tokenised text may differ, and then a conversation's prefix would be lost. */

export interface KnownAnswers {
  find(text: string): readonly number[] | null
  remember(text: string, tokens: readonly number[]): void
}

/** Keeps the last `limit` answers. */
export function createKnownAnswers(limit = 64): KnownAnswers {
  const answers = new Map<string, readonly number[]>()
  return {
    find: (text) => answers.get(text) ?? null,
    remember(text, tokens) {
      if (text === '') return
      answers.delete(text)
      answers.set(text, tokens)
      if (answers.size > limit) answers.delete(answers.keys().next().value as string)
    },
  }
}
