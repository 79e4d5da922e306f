/** Logs: what the router and the engine did, as it happens; by source, level and words; and the support bundle. */
import { FolderOpen, LifeBuoy } from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'
import type { LogLevel, LogLine } from '../api/logs.ts'
import { Button } from '../parts/button.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { LoadingBars } from '../parts/loading-bars.tsx'
import { PageError } from '../parts/page-error.tsx'
import { PageFact, PageSearch } from '../parts/page-toolbar.tsx'
import { Segmented } from '../parts/segmented.tsx'
import { Select } from '../parts/select.tsx'
import { appHost } from '../shell/app-host.ts'
import { useAdminEvents } from '../state/admin-events.ts'
import { go, linkTo, usePlace } from '../state/place.ts'
import { strings } from '../strings/index.ts'
import { lineText, lineWords } from '../words/log-words.ts'
import { BundleDialog } from './bundle-dialog.tsx'
import { LogList } from './log-list.tsx'
import { askForNewer, loadOlder, openLogs, useLogs } from './log-state.ts'

const words = strings.logs
const sources = ['all', 'router', 'engine'] as const
const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

export function LogsPage() {
  const { query } = usePlace()
  const source = sources.find((name) => name === query['source']) ?? 'all'
  const level = levels.find((name) => name === query['level']) ?? 'info'
  const text = query['q'] ?? ''
  const filter = useMemo(() => ({ level, ...(source === 'all' ? {} : { source }) }), [level, source])
  const { phase, problem, lines: all, files, isWhole } = useLogs()
  // Words are looked for in what is shown, sentences included: here, not in the router.
  const sought = text.trim().toLowerCase()
  const lines = useMemo(() => (sought === '' ? all : all.filter((line) => shownText(line).includes(sought))), [all, sought])
  const [isBundling, setBundling] = useState(false)

  useEffect(() => void openLogs(filter), [filter])
  useAdminEvents(askForNewer)
  // A search goes as far back as the router remembers.
  const oldest = all[0]?.id
  useEffect(() => {
    if (sought !== '' && !isWhole && oldest !== undefined) void loadOlder()
  }, [sought, isWhole, oldest])

  const set = (change: Readonly<Record<string, string>>) => {
    const next = { ...query, ...change }
    const kept = Object.entries(next).filter(
      ([name, value]) => value !== '' && !(name === 'source' && value === 'all') && !(name === 'level' && value === 'info'),
    )
    go(linkTo('logs', null, Object.fromEntries(kept)), { replace: true })
  }
  const [file] = files
  return (
    <div className="logs">
      <PageFact>{phase === 'ready' ? words.fact(lines.length) : ''}</PageFact>
      <PageSearch label={words.search} value={text} onChange={(q) => set({ q })} />
      <div className="filters log-bar">
        <Segmented
          aria-label={words.sources}
          value={source}
          onChange={(next) => set({ source: next })}
          segments={sources.map((id) => ({ id, label: words.source[id] }))}
        />
        <Select
          aria-label={words.levelLabel}
          value={level}
          onChange={(next) => set({ level: next })}
          options={levels.map((id) => ({ id, label: words.levels[id] }))}
        />
        <span className="push" />
        <CopyButton text={lines.map(lineText).join('\n')} label={words.copy} isWordy />
        {appHost && (
          <Button icon={FolderOpen} onPress={() => void appHost?.revealInFinder('logs')}>
            {words.reveal}
          </Button>
        )}
        <Button icon={LifeBuoy} onPress={() => setBundling(true)}>
          {words.bundle}
        </Button>
      </div>
      {phase === 'problem' && lines.length === 0 ? (
        <PageError title={words.notLoaded} how={problem} onRetry={() => void openLogs(filter)} />
      ) : phase === 'loading' ? (
        <LoadingBars bars={6} />
      ) : lines.length === 0 ? (
        source === 'all' && text === '' && level === 'info' ? (
          <EmptyState title={words.emptyTitle} text={words.emptyText} />
        ) : (
          <EmptyState title={words.noneTitle} text={words.noneText}>
            <Button kind="primary" onPress={() => set({ source: 'all', level: 'debug', q: '' })}>
              {words.showAll}
            </Button>
          </EmptyState>
        )
      ) : (
        <LogList lines={lines} filterKey={`${JSON.stringify(filter)} ${sought}`} file={file ?? null} />
      )}
      <BundleDialog isOpen={isBundling} onClose={() => setBundling(false)} />
    </div>
  )
}

function shownText(line: LogLine): string {
  const { text, rest } = lineWords(line)
  return `${text} ${rest} ${lineText(line)}`.toLowerCase()
}
