/** What brings local models, for the page Models. The panels open by place: `?get=1` the hub, `?get=owner/name` with that repository written into its field, `?folder=…` files of this machine. */
import { go, linkTo, usePlace } from '../state/place.ts'
import { AddFilePanel } from './add-file-panel.tsx'
import { DownloadList } from './download-list.tsx'
import { FoundServers } from './found-servers.tsx'
import { GetModelPanel } from './get-model-panel.tsx'

/** What stands above the models: the panel that the place asks for, and what is on its way. */
export function SourcePanels() {
  const { page, item, query } = usePlace()
  const { get, folder, quant: _quant, ...rest } = query
  const close = () => {
    go(linkTo(page, item, rest), { replace: true })
    document.getElementById('page')?.focus() // what had the focus is gone
  }
  return (
    <div className="sources">
      {get !== undefined && <GetModelPanel key={get} wanted={get.includes('/') ? get : ''} onClose={close} />}
      {folder !== undefined && <AddFilePanel onClose={close} folder={folder} />}
      <DownloadList />
    </div>
  )
}

/** What stands below them: what was found, as offers. */
export function SourceOffers() {
  return (
    <div className="sources">
      <FoundServers />
    </div>
  )
}

/** The place with the panel for the model hub open. */
export const getModelPlace = (): string => linkTo('models', null, { get: '1' })
/** The place with the panel for files of this machine open; an empty path = ask for one. */
export const addFilePlace = (path = ''): string => linkTo('models', null, { folder: path })
