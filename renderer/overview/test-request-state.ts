/** The test request and its answer. Kept beside the page: the button moves when the first row comes, and the answer stays in sight. */
import { useEffect } from 'react'
import { create } from 'zustand'
import { sendTestRequest } from '../api/test-request.ts'
import { announce } from '../state/store.ts'
import { strings } from '../strings/index.ts'

interface TestRequest {
  readonly isBusy: boolean
  readonly answer: string
  readonly failure: string | null
}

const words = strings.requests
const none: TestRequest = { isBusy: false, answer: '', failure: null }

export const useTestRequest = create<TestRequest>()(() => none)

/** On the page that has the button: what was answered goes when the page is left. */
export const useForgottenTestRequest = (): void => useEffect(() => () => useTestRequest.setState({ answer: '', failure: null }), [])

export async function askTestRequest(): Promise<void> {
  useTestRequest.setState({ ...none, isBusy: true })
  try {
    await sendTestRequest(words.testPrompt, (answer) => useTestRequest.setState({ answer }))
    announce(words.testAnswered)
  } catch (error) {
    const failure = error instanceof TypeError ? strings.connection.noAnswer : error instanceof Error ? error.message : String(error)
    useTestRequest.setState({ failure })
    announce(words.testFailed)
  } finally {
    useTestRequest.setState({ isBusy: false })
  }
}
