/** No router at the first load: what is wrong, what to do, and it goes on by itself when there is one. */
import { OctagonX } from 'lucide-react'
import { useEffect } from 'react'
import { Button } from 'react-aria-components/Button'
import { BrandMark } from '../parts/brand-mark.tsx'
import { load } from '../state/connection.ts'
import { strings } from '../strings/index.ts'

const lookAgainMs = 2000

export function NoRouterPage() {
  useEffect(() => {
    const timer = setInterval(() => void load(), lookAgainMs)
    return () => clearInterval(timer)
  }, [])
  return (
    <main className="alone">
      <BrandMark size={40} />
      <section className="panel alone-panel">
        <h1 className="error-title">
          <OctagonX className="icon error" size={16} aria-hidden />
          {strings.connection.noRouter(location.host)}
        </h1>
        <p>{strings.connection.noRouterHow}</p>
        <Button className="button primary" onPress={() => void load()}>
          {strings.connection.retry}
        </Button>
      </section>
    </main>
  )
}
