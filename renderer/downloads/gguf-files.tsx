/** What a look found, to choose from: each file with its shape and its fit, or with what is wrong with it. */
import { TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { addGgufs, type GgufFile, type GgufLook } from '../api/downloads.ts'
import { Button } from '../parts/button.tsx'
import { announce } from '../state/store.ts'
import { parametersOf } from '../strings/downloads.ts'
import { strings } from '../strings/index.ts'
import { failureWords } from '../words/failure-words.ts'
import { bytes } from '../words/figures.ts'
import { CheckBox } from './check-box.tsx'
import { FitBadge } from './fit-badge.tsx'

const words = strings.downloads.files

export interface GgufFilesProps {
  readonly look: GgufLook
  /** Something was added: what is here already has changed. */
  readonly onAdded: () => void
}

const isFree = ({ problem, used_as }: GgufFile) => problem === null && used_as === null

export function GgufFiles({ look: { path, files, truncated }, onAdded }: GgufFilesProps) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(() => new Set(files.length === 1 ? files.filter(isFree).map((file) => file.path) : []))
  const [isAdding, setAdding] = useState(false)
  const [failures, setFailures] = useState<readonly string[]>([])
  const free = files.filter(isFree)
  const choose = (paths: readonly string[], isWanted: boolean) =>
    setChosen(new Set(isWanted ? [...chosen, ...paths] : [...chosen].filter((each) => !paths.includes(each))))
  const add = async () => {
    setAdding(true)
    const wanted = free.filter((file) => chosen.has(file.path))
    try {
      const { added, failed } = await addGgufs(wanted.map((file) => ({ path: file.path, name: file.name })))
      setFailures(failed.map((each) => words.notAdded(each.path, each.message)))
      setChosen(new Set())
      if (added.length > 0) {
        announce(words.added(added))
        onAdded()
      }
    } catch (error) {
      setFailures([failureWords(error)])
    }
    setAdding(false)
  }
  if (files.length === 0) return <p className="sources-none">{words.none(path)}</p>
  return (
    <>
      <table className="sources-table gguf-files" aria-label={words.found(files.length, path)}>
        <colgroup>
          <col className="col-check" />
          <col />
          <col className="col-quantization" />
          <col className="col-parameters optional" />
          <col className="col-context optional" />
          <col className="col-fit" />
          <col className="col-size" />
        </colgroup>
        <thead>
          <tr>
            <th scope="col">
              {free.length > 0 && (
                <CheckBox
                  aria-label={words.all}
                  isSelected={chosen.size === free.length}
                  isIndeterminate={chosen.size > 0 && chosen.size < free.length}
                  onChange={(isWanted) =>
                    choose(
                      free.map((file) => file.path),
                      isWanted,
                    )
                  }
                />
              )}
              <span className="visually-hidden">{words.columns.use}</span>
            </th>
            <th scope="col">{words.columns.name}</th>
            <th scope="col">{words.columns.quantization}</th>
            <th scope="col" className="right optional">
              {words.columns.parameters}
            </th>
            <th scope="col" className="right optional">
              {words.columns.context}
            </th>
            <th scope="col">{words.columns.fit}</th>
            <th scope="col" className="right">
              {words.columns.size}
            </th>
          </tr>
        </thead>
        <tbody>
          {files.map((file) => (
            <FileRow
              key={file.path}
              file={file}
              folder={path}
              isChosen={chosen.has(file.path)}
              onChoose={(isWanted) => choose([file.path], isWanted)}
            />
          ))}
        </tbody>
      </table>
      {truncated && <p className="caption">{words.truncated}</p>}
      {failures.map((text) => (
        <p key={text} className="note is-error" role="alert">
          <TriangleAlert className="icon" size={13} aria-hidden />
          {text}
        </p>
      ))}
      {free.length > 0 && (
        <div className="row">
          <Button isDisabled={chosen.size === 0 || isAdding} onPress={() => void add()}>
            {isAdding ? words.adding : words.add(chosen.size)}
          </Button>
          <span className="caption clip">{path}</span>
        </div>
      )}
    </>
  )
}

function FileRow({
  file,
  folder,
  isChosen,
  onChoose,
}: {
  readonly file: GgufFile
  /** Where was looked: names are shown from there. */
  readonly folder: string
  readonly isChosen: boolean
  readonly onChoose: (isWanted: boolean) => void
}) {
  const { path, name, quantization, parameters, context, fit, size_bytes, problem, used_as } = file
  return (
    <tr className={problem === null ? '' : 'is-unusable'}>
      <td>{isFree(file) && <CheckBox aria-label={words.choose(name)} isSelected={isChosen} onChange={onChoose} />}</td>
      <td>
        <div className="medium clip">{name}</div>
        {problem !== null ? (
          <div className="caption error">{problem}</div>
        ) : (
          <div className="caption clip" title={path}>
            {used_as === null ? (path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path) : words.used(used_as)}
          </div>
        )}
      </td>
      <td>{quantization ?? '–'}</td>
      <td className="right figure optional">{parameters === null ? '–' : parametersOf(parameters)}</td>
      <td className="right figure optional">{context === null ? '–' : words.tokens(context)}</td>
      <td>{fit && <FitBadge fit={fit} />}</td>
      <td className="right figure">{bytes(size_bytes)}</td>
    </tr>
  )
}
