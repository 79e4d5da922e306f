/** The toolbar: the page's name, the address that tools use, the split pill. */
import { CopyButton } from '../parts/copy-button.tsx'
import { SplitPill } from '../split/split-pill.tsx'
import { usePanel } from '../state/store.ts'
import { strings } from '../strings.ts'

export function Toolbar() {
  const url = usePanel((state) => state.overview?.url)
  return (
    <header className="toolbar">
      <h1>{strings.shell.overview}</h1>
      {url !== undefined && (
        <div className="base-url">
          <span className="mono">{baseUrl(url)}</span>
          <CopyButton text={baseUrl(url)} label={strings.shell.copyUrl} />
        </div>
      )}
      <SplitPill />
    </header>
  )
}

/** The address for OpenAI clients. */
export const baseUrl = (url: string): string => `${url.replace(/\/(v1)?\/?$/, '')}/v1`
