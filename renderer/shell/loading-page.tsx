/** Still grey bars while the first load is under way; the style sheet shows them after 200 ms only. */
import { strings } from '../strings/index.ts'

export function LoadingPage() {
  return (
    <main className="loading" aria-busy="true">
      <h1 className="visually-hidden">{strings.connection.loading}</h1>
      <i style={{ width: '38%' }} />
      <i style={{ width: '72%' }} />
      <i style={{ width: '55%' }} />
    </main>
  )
}
