/** The address that tools use, with a button that copies it. */
import { CopyButton } from '../parts/copy-button.tsx'
import { usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { baseUrl } from '../words/base-url.ts'

export function BaseUrl() {
  const url = usePanel((state) => state.overview?.url)
  if (url === undefined) return null
  return (
    <div className="base-url">
      <span className="mono">{baseUrl(url)}</span>
      <CopyButton text={baseUrl(url)} label={strings.shell.copyUrl} />
    </div>
  )
}
