/** The lines, oldest first. It sticks to the end until one scrolls up, and then says how many are new; at its start it asks for what was before. */
import { useVirtualizer } from '@tanstack/react-virtual'
import { ArrowDown, type Info, OctagonX, TriangleAlert } from 'lucide-react'
import { memo, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { LogLevel, LogLine } from '../api/logs.ts'
import { Button } from '../parts/button.tsx'
import { linkTo } from '../state/place.ts'
import { strings } from '../strings/index.ts'
import { lineWords } from '../words/log-words.ts'
import { loadOlder, useLogs } from './log-state.ts'

const words = strings.logs
const lineHeight = 22
const heightOf = () => lineHeight
/** This near to the end counts as the end. */
const endWithin = 30
const askWithin = 200

export interface LogListProps {
  readonly lines: readonly LogLine[]
  /** Another filter: back to the end. */
  readonly filterKey: string
  readonly file: string | null
}

export function LogList({ lines, filterKey, file }: LogListProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const isWhole = useLogs((state) => state.isWhole)
  const [isFollowing, setFollowing] = useState(true)
  const [leftAt, setLeftAt] = useState(0)
  const lastId = lines.at(-1)?.id ?? 0
  // Another function would have every line measured anew.
  const keyOf = useCallback((index: number) => lines[index]?.id ?? index, [lines])
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: heightOf,
    overscan: 20,
    getItemKey: keyOf,
  })
  const firstId = lines[0]?.id ?? 0
  const before = useRef({ firstId, filterKey })

  const toEnd = () => virtualizer.scrollToIndex(lines.length - 1, { align: 'end' })
  useLayoutEffect(() => {
    if (isFollowing) toEnd()
  }, [lastId, isFollowing, filterKey])
  useLayoutEffect(() => {
    const known = before.current
    before.current = { firstId, filterKey }
    if (known.filterKey !== filterKey) return setFollowing(true)
    // Older lines came above: the line that was read stays where it is.
    const added = lines.findIndex(({ id }) => id === known.firstId)
    if (added > 0 && firstId < known.firstId) virtualizer.scrollToIndex(added, { align: 'start' })
  }, [firstId, filterKey, lines, virtualizer])

  const onScroll = (element: HTMLElement) => {
    const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < endWithin
    if (isFollowing && !isAtEnd) setLeftAt(lastId)
    if (isAtEnd !== isFollowing) setFollowing(isAtEnd)
    if (element.scrollTop < askWithin && !isFollowing) void loadOlder()
  }
  useEffect(() => {
    // What fits without scrolling has no scroll event to ask with.
    const element = scroller.current
    if (element && !isWhole && element.scrollHeight <= element.clientHeight) void loadOlder()
  }, [isWhole])

  const newLines = isFollowing ? 0 : lines.filter(({ id }) => id > leftAt).length
  return (
    <div className="request-list">
      {!isFollowing && (
        <Button className="new-rows to-end" icon={ArrowDown} aria-label={words.showNewest(newLines)} onPress={() => setFollowing(true)}>
          {newLines === 0 ? words.toEnd : words.newLines(newLines)}
        </Button>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className="log-scroll" aria-label={words.list} tabIndex={0} ref={scroller} onScroll={(event) => onScroll(event.currentTarget)}>
        {isWhole && <p className="caption log-start">{file === null ? words.start : words.olderInFile(file)}</p>}
        <ol className="log-lines" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ index, key, start }) => {
            const line = lines[index]
            return (
              line && (
                <li
                  key={key}
                  data-index={index}
                  ref={virtualizer.measureElement}
                  style={{ transform: `translateY(${start}px)` }}
                  aria-setsize={lines.length}
                  aria-posinset={index + 1}
                >
                  <Line line={line} />
                </li>
              )
            )
          })}
        </ol>
      </section>
    </div>
  )
}

const icons: Partial<Record<LogLevel, typeof Info>> = { warn: TriangleAlert, error: OctagonX }

const Line = memo(function Line({ line }: { readonly line: LogLine }) {
  const { text, rest, requestId } = lineWords(line)
  const Icon = icons[line.level]
  const at = new Date(line.at)
  return (
    <div className={`log-line ${line.level}`}>
      <time dateTime={line.at} title={at.toLocaleString('en-GB')}>
        {at.toLocaleTimeString('en-GB')}
      </time>
      <span className="log-level">
        {Icon && <Icon className="icon" size={12} strokeWidth={2} aria-hidden />}
        {words.level[line.level]}
      </span>
      <span className="log-source">{line.source}</span>
      <span className="log-words">
        {requestId === null ? text : <a href={linkTo('activity', requestId)}>{text}</a>} {rest !== '' && <span className="log-rest">{rest}</span>}
      </span>
    </div>
  )
})
