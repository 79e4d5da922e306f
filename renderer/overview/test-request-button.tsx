/** *Send a test request*: one short answer of `auto`; a failure stands in place with the router's own sentence. */
import { OctagonX } from 'lucide-react'
import { Button } from 'react-aria-components/Button'
import { strings } from '../strings/index.ts'
import { askTestRequest, useTestRequest } from './test-request-state.ts'

const words = strings.requests

export function TestRequestButton({ className }: { className: string }) {
  const { isBusy, answer, failure } = useTestRequest()
  return (
    <>
      {answer !== '' && <span className="test-answer">{answer}</span>}
      {failure !== null && (
        <span className="test-answer error">
          <OctagonX className="icon" size={13} aria-hidden /> {failure}
        </span>
      )}
      <Button className={className} onPress={() => void askTestRequest()} isDisabled={isBusy}>
        {isBusy ? words.testing : words.test}
      </Button>
    </>
  )
}
