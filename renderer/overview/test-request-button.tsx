/** *Send a test request*: one short answer of `auto`; a failure stands in place with the router's own sentence. */
import { OctagonX } from 'lucide-react'
import { useState } from 'react'
import { Button } from 'react-aria-components/Button'
import { sendTestRequest } from '../api/test-request.ts'
import { announce } from '../state/store.ts'
import { strings } from '../strings/index.ts'

const words = strings.requests

export function TestRequestButton({ className }: { className: string }) {
  const [isBusy, setBusy] = useState(false)
  const [answer, setAnswer] = useState('')
  const [failure, setFailure] = useState<string | null>(null)
  const send = async () => {
    setBusy(true)
    setAnswer('')
    setFailure(null)
    try {
      await sendTestRequest(words.testPrompt, setAnswer)
      announce(words.testAnswered)
    } catch (error) {
      const message = error instanceof TypeError ? strings.connection.noAnswer : error instanceof Error ? error.message : String(error)
      setFailure(message)
      announce(words.testFailed)
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      {answer !== '' && <span className="test-answer">{answer}</span>}
      {failure !== null && (
        <span className="test-answer error">
          <OctagonX className="icon" size={13} aria-hidden /> {failure}
        </span>
      )}
      <Button className={className} onPress={() => void send()} isDisabled={isBusy}>
        {isBusy ? words.testing : words.test}
      </Button>
    </>
  )
}
