/** Sign in with the admin token, for a browser that was not opened with a one-time link. */
import { OctagonX } from 'lucide-react'
import { type SubmitEvent, useState } from 'react'
import { Button } from 'react-aria-components/Button'
import { BrandMark } from '../parts/brand-mark.tsx'
import { signInWithToken } from '../state/connection.ts'
import { usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'

export function LoginPage() {
  const problem = usePanel((state) => state.loginProblem)
  const [token, setToken] = useState('')
  const [isBusy, setBusy] = useState(false)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (token.trim() === '') return
    setBusy(true)
    void signInWithToken(token.trim()).finally(() => setBusy(false))
  }
  return (
    <main className="alone">
      <BrandMark size={40} />
      <form className="panel alone-panel" onSubmit={submit}>
        <h1>{strings.login.title}</h1>
        <p>{strings.login.how}</p>
        {problem !== null && (
          <p className="form-error" role="alert" id="login-problem">
            <OctagonX className="icon" size={14} aria-hidden />
            {problem}
          </p>
        )}
        <label className="form-label" htmlFor="token">
          {strings.login.label}
        </label>
        <input
          id="token"
          className="field large mono"
          type="password"
          autoComplete="off"
          spellCheck={false}
          aria-describedby={problem === null ? 'token-where' : 'token-where login-problem'}
          aria-invalid={problem === strings.login.tokenRefused}
          value={token}
          onChange={(event) => setToken(event.target.value)}
        />
        <p className="caption" id="token-where">
          {strings.login.where}
        </p>
        <Button type="submit" className="button primary large" isDisabled={isBusy}>
          {isBusy ? strings.login.signingIn : strings.login.submit}
        </Button>
      </form>
    </main>
  )
}
