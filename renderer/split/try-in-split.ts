/** Makes a change that the split control asks for; a refusal is said inside it. */
import { usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { failureWords } from '../words/failure-words.ts'

export async function tryInSplit(change: () => Promise<unknown>): Promise<void> {
  try {
    await change()
    usePanel.setState({ problem: null })
  } catch (error) {
    usePanel.setState({ problem: strings.split.notChanged(failureWords(error)) })
  }
}
