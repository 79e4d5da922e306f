/** A change that is on its way: busy while it runs, the refusal in words after it. */
import { useState } from 'react'
import { failureWords } from '../words/failure-words.ts'

/** `onDone` is called where nothing was refused. */
export function useSending() {
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const send = async (change: () => Promise<unknown>, onDone: () => void = () => {}) => {
    setBusy(true)
    setProblem(null)
    try {
      await change()
      onDone()
    } catch (error) {
      setProblem(failureWords(error))
    } finally {
      setBusy(false)
    }
  }
  return { isBusy, problem, send }
}
