/** A place for the hub's token, where a gated repository needs one. The token goes to the router and is never shown again. */
import { type FormEvent, useState } from 'react'
import { putHubToken } from '../api/downloads.ts'
import { Button } from '../parts/button.tsx'
import { TextField } from '../parts/text-field.tsx'
import { strings } from '../strings/index.ts'
import { failureWords } from '../words/failure-words.ts'

const words = strings.downloads.get.token

export function HubToken({ onStored }: { readonly onStored: () => void }) {
  const [token, setToken] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const store = (event: FormEvent) => {
    event.preventDefault()
    void putHubToken(token.trim()).then(
      () => {
        setToken('')
        setProblem(null)
        onStored()
      },
      (error: unknown) => setProblem(failureWords(error)),
    )
  }
  return (
    <form className="hub-token" onSubmit={store}>
      <TextField
        label={words.label}
        type="password"
        value={token}
        onChange={(next) => {
          setToken(next)
          setProblem(null)
        }}
        placeholder={words.placeholder}
        description={words.text}
        error={problem}
        isMono
      />
      <Button type="submit" isDisabled={token.trim() === ''}>
        {words.store}
      </Button>
    </form>
  )
}
