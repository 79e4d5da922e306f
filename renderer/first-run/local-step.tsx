/** Step 3: a model on this machine: two that are suggested, what is there, the starter model on its way, and files that other programs have. */
import { FolderOpen } from 'lucide-react'
import { useEffect, useState } from 'react'
import { call } from '../api/client.ts'
import { DownloadRow } from '../overview/download-row.tsx'
import { Button } from '../parts/button.tsx'
import { StateWord } from '../parts/state-word.tsx'
import { go, linkTo } from '../state/place.ts'
import { usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { leaveFirstRun } from './first-run-state.ts'
import { SuggestedModels } from './suggested-models.tsx'

const words = strings.firstRun.local

interface KnownFolder {
  readonly app: string
  readonly path: string
  readonly models: number
}

export function LocalStep() {
  const overview = usePanel((state) => state.overview)
  const [folders, setFolders] = useState<readonly KnownFolder[]>([])
  useEffect(() => {
    // Other programs' files are an offer: without an answer there is none.
    void call<{ folders: readonly KnownFolder[] }>('GET', '/admin/gguf/known').then(
      (answer) => setFolders(answer.folders.filter(({ models }) => models > 0)),
      () => undefined,
    )
  }, [])
  if (!overview) return null
  const { download } = overview
  // What is on its way has a row of its own below, with its progress.
  const isOnItsWay = (model: string) => download !== null && download.state !== 'ready' && download.model === model
  const local = overview.deployments.filter(({ lane, model }) => lane === 'local' && !isOnItsWay(model))
  const toModels = (model: string | null, query: Readonly<Record<string, string>>) => {
    leaveFirstRun()
    go(linkTo('models', model, query))
  }
  return (
    <>
      <p className="lead">{words.lead}</p>
      <SuggestedModels onShow={(model) => toModels(model, {})} />
      <section className="panel first-run-card" aria-labelledby="local-here">
        <h2 id="local-here">{words.here}</h2>
        {local.length === 0 && (download === null || download.state === 'off') && <p className="quiet-words">{download ? words.off : words.none}</p>}
        {local.length > 0 && (
          <ul className="plain-rows">
            {local.map(({ name, model, state, detail, very_small }) => (
              <li key={name}>
                <span className="medium clip">{model}</span>
                <StateWord state={state} detail={detail} />
                {very_small && <span className="caption whole">{words.verySmall}</span>}
              </li>
            ))}
          </ul>
        )}
        {download && download.state !== 'ready' && download.state !== 'off' && <DownloadRow download={download} />}
        <div className="row wrap">
          <Button onPress={() => toModels(null, { get: '1' })}>{words.choose}</Button>
          <span className="caption">{words.chooseHint}</span>
        </div>
      </section>
      {folders.length > 0 && (
        <section className="panel first-run-card" aria-labelledby="local-found">
          <h2 id="local-found">{words.found}</h2>
          <p className="caption">{words.foundHint}</p>
          <ul className="plain-rows">
            {folders.map(({ path, app, models }) => (
              <li key={path}>
                <FolderOpen className="icon" size={15} strokeWidth={1.75} aria-hidden />
                <span className="clip" title={path}>
                  {words.foundFiles(models, app)}
                </span>
                <Button className="push" onPress={() => toModels(null, { folder: path })}>
                  {words.choose}
                </Button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  )
}
