/** The files of one repository: quantisation, what it needs of this machine, size, and the way to get it. */
import { ArrowLeft } from 'lucide-react'
import { useState } from 'react'
import { type HubFile, type HubModel, type QueuedDownload, startDownload } from '../api/downloads.ts'
import { Button } from '../parts/button.tsx'
import { strings } from '../strings/index.ts'
import { failureWords } from '../words/failure-words.ts'
import { bytes } from '../words/figures.ts'
import { loadDownloads } from './downloads-state.ts'
import { FitBadge } from './fit-badge.tsx'

const words = strings.downloads.get

export interface HubFilesProps {
  readonly model: HubModel
  readonly queue: readonly QueuedDownload[]
  /** Null = there is nothing to go back to. */
  readonly onBack: (() => void) | null
}

export function HubFiles({ model, queue, onBack }: HubFilesProps) {
  const { repo, licence, parameters, context, files, disk_free_bytes } = model
  const best = files.findLast(({ fit, problem }) => fit.word === 'fits' && problem === null) ?? null
  const [owner, name] = repo.split('/')
  return (
    <div className="hub-model">
      <div className="row hub-model-head">
        {onBack && (
          <Button kind="quiet" icon={ArrowLeft} onPress={onBack}>
            {words.back}
          </Button>
        )}
        <h3 className="clip">
          {name} <span className="quiet-words">{owner}</span>
        </h3>
        <span className="caption clip">{words.facts(licence, parameters, context)}</span>
      </div>
      {files.length === 0 ? (
        <p className="sources-none">{words.noFiles}</p>
      ) : (
        <table className="sources-table hub-files">
          <colgroup>
            <col className="col-quantization" />
            <col />
            <col className="col-fit" />
            <col className="col-size" />
            <col className="col-get" />
          </colgroup>
          <thead>
            <tr>
              <th scope="col">{words.columns.quantization}</th>
              <th scope="col">{words.columns.file}</th>
              <th scope="col">{words.columns.fit}</th>
              <th scope="col" className="right">
                {words.columns.size}
              </th>
              <th scope="col">
                <span className="visually-hidden">{words.columns.action}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {files.map((file) => (
              <FileRow
                key={file.file}
                repo={repo}
                file={file}
                isBest={file === best}
                free={disk_free_bytes}
                queued={queue.find(({ repository, file: path, state }) => repository === repo && path === file.file && state !== 'failed') ?? null}
              />
            ))}
          </tbody>
        </table>
      )}
    </div>
  )
}

interface FileRowProps {
  readonly repo: string
  readonly file: HubFile
  readonly isBest: boolean
  readonly free: number
  readonly queued: QueuedDownload | null
}

function FileRow({ repo, file: { file, quantization, size_bytes, parts, fit, problem }, isBest, free, queued }: FileRowProps) {
  const [isAsking, setAsking] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  const why = problem ?? (size_bytes > free ? words.noDisk(size_bytes, free) : failure)
  const get = async () => {
    setAsking(true)
    await startDownload(repo, file).then(
      () => setFailure(null),
      (error: unknown) => setFailure(failureWords(error)),
    )
    await loadDownloads()
    setAsking(false)
  }
  return (
    <tr>
      <td className="medium">{quantization ?? <span className="quiet-words">{words.unknownQuantization}</span>}</td>
      <td>
        <div className="clip" title={file}>
          {file}
        </div>
        {(parts > 1 || isBest) && (
          <div className="caption">{[parts > 1 ? words.parts(parts) : null, isBest ? words.best : null].filter(Boolean).join(', ')}</div>
        )}
        {why !== null && (
          <div className="caption error" role={failure === null ? undefined : 'alert'}>
            {why}
          </div>
        )}
      </td>
      <td>
        <FitBadge fit={fit} />
      </td>
      <td className="right figure">{bytes(size_bytes)}</td>
      <td className="right">
        {queued ? (
          <span className="caption">{queued.state === 'ready' ? strings.downloads.states.ready : words.inQueue}</span>
        ) : (
          <Button
            isDisabled={isAsking || problem !== null || size_bytes > free || fit.word === 'too-large'}
            onPress={() => void get()}
            aria-label={words.getLabel(file, size_bytes)}
          >
            {isAsking ? words.starting : words.columns.action}
          </Button>
        )}
      </td>
    </tr>
  )
}
