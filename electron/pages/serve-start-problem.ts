/** Answers for the bundled page's own scheme: `file:` would give a page more than it needs. */
import { protocol } from 'electron'
import { pagePolicy, pageScheme, type StartProblem, startProblemPage } from './start-problem.ts'

const starting: StartProblem = { title: 'Headgate is starting', text: 'One moment.', otherPort: null, refusal: null }

/** Before `ready`. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme: pageScheme, privileges: { standard: true, secure: true } }])
}

/** After `ready`. Null = the router is on its way. */
export function serveStartProblem(problem: () => StartProblem | null): void {
  protocol.handle(
    pageScheme,
    () =>
      new Response(startProblemPage(problem() ?? starting), {
        headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': pagePolicy, 'x-content-type-options': 'nosniff' },
      }),
  )
}
