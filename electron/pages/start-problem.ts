/** The page shown while there is no router to serve one: why, and what can be done. No script; its buttons are navigations that main takes (window/hardening.ts). */

export interface StartProblem {
  readonly title: string
  readonly text: string
  /** A port to offer instead; null = another port would not help. */
  readonly otherPort: number | null
  /** Why the last try failed, in words. */
  readonly refusal: string | null
}

export const pageScheme = 'headgate-page'
export const startProblemUrl = `${pageScheme}://start/`

export type PageAction = { readonly type: 'retry' } | { readonly type: 'use-port'; readonly port: number } | { readonly type: 'quit' }

/** What a button of the page asks for; null = the address is none of its buttons. */
export function actionOf(address: string): PageAction | null {
  const url = URL.parse(address)
  if (url === null || url.protocol !== `${pageScheme}:` || url.hostname !== 'start') return null
  if (url.pathname === '/retry') return { type: 'retry' }
  if (url.pathname === '/quit') return { type: 'quit' }
  const port = Number(url.searchParams.get('port'))
  return url.pathname === '/use-port' && Number.isInteger(port) && port >= 1024 && port <= 65_535 ? { type: 'use-port', port } : null
}

export const pagePolicy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

export function startProblemPage({ title, text, otherPort, refusal }: StartProblem): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="content-security-policy" content="${pagePolicy.replace("; frame-ancestors 'none'", '')}">
<title>Headgate</title>
<style>${style}</style>
<main>
  ${mark}
  <h1>${escaped(title)}</h1>
  <p>${escaped(text)}</p>
  <div class="actions">
    <form action="retry"><button class="primary" autofocus>Retry</button></form>
    ${otherPort === null ? '' : otherPortForm(otherPort)}
    <form action="quit"><button>Quit Headgate</button></form>
  </div>
  ${refusal === null ? '' : `<p role="alert" class="refusal">${escaped(refusal)}</p>`}
</main>
</html>`
}

const otherPortForm = (port: number) => `<form action="use-port" class="port">
      <label for="port">Port</label><input id="port" name="port" type="number" min="1024" max="65535" value="${port}" required>
      <button>Use another port</button>
      <small>Tools that hold the old address have to be given the new one: the panel’s Connect page shows it.</small>
    </form>`

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}

/** renderer/parts/brand-mark.tsx. */
const mark = `<svg viewBox="0 0 20 20" width="32" height="32" aria-hidden="true"><rect width="20" height="20" rx="5" fill="var(--ink)"/><path fill="#35a3b6" d="M4 6.2v9.3a.5.5 0 0 0 .5.5H16Z"/><path fill="#f3a67c" d="M6 4h9.5a.5.5 0 0 1 .5.5v8.9Z"/><rect x="8" y="2.5" width="3.2" height="15" rx="1.6" fill="var(--bg)"/></svg>`

// The panel's tokens (renderer/styles/tokens.css), as far as one page needs them.
const style = `
:root{color-scheme:light dark;--bg:light-dark(#f7f8f6,#181a1b);--ink:light-dark(#1a1d1e,#eceeed);--ink-2:light-dark(#4a5153,#b3babb);--line:light-dark(#e3e4e1,#2f3435);--control:light-dark(#848c8e,#737b7d);--error:light-dark(#b81b3a,#ff879c)}
*{box-sizing:border-box;margin:0}
body{min-height:100vh;display:grid;place-items:center;padding:56px 24px 24px;background:var(--bg);color:var(--ink-2);font:13px/1.5 -apple-system,"Inter","Segoe UI",system-ui,sans-serif;-webkit-app-region:drag}
main{width:min(440px,100%);display:grid;gap:12px;-webkit-app-region:no-drag}
h1{font-size:17px;font-weight:600;line-height:1.3;letter-spacing:-.012em;color:var(--ink)}
.actions{display:flex;flex-wrap:wrap;gap:8px;margin-top:6px}
.port{order:1;flex-basis:100%;display:flex;flex-wrap:wrap;align-items:center;gap:8px;margin-top:8px;padding-top:16px;border-top:1px solid var(--line)}
.port small{flex-basis:100%;font-size:12px}
label{color:var(--ink)}
button,input{font:inherit;color:var(--ink);background:transparent;border:1px solid var(--control);border-radius:7px;height:28px;padding:0 11px}
input{width:84px;font-variant-numeric:tabular-nums}
button.primary{background:var(--ink);border-color:var(--ink);color:var(--bg)}
button:focus-visible,input:focus-visible{outline:2px solid light-dark(#0a66ff,#6ea8ff);outline-offset:2px}
.refusal{color:var(--error)}
`
