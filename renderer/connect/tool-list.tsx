/** The tools by group, those that were found on this machine first; each says whether it points here, or when it last called. */
import { Check } from 'lucide-react'
import { useState } from 'react'
import { Header } from 'react-aria-components/Header'
import { ListBox, ListBoxItem, ListBoxSection } from 'react-aria-components/ListBox'
import type { ConnectView, ToolView } from '../api/keys.ts'
import { PageSearch } from '../parts/page-toolbar.tsx'
import { RelativeTime } from '../parts/relative-time.tsx'
import { strings } from '../strings/index.ts'

const words = strings.connect
const groupIds = ['editor', 'app', 'terminal', 'library'] as const

export function ToolList({ view, chosen, onChoose }: { view: ConnectView; chosen: string; onChoose: (id: string) => void }) {
  const [search, setSearch] = useState('')
  const wanted = search.trim().toLowerCase()
  const matches = ({ name }: { readonly name: string }) => name.toLowerCase().includes(wanted)
  const tools = view.tools.filter(matches)
  const isFound = ({ file }: ToolView) => file?.exists === true
  const groups = [
    { label: words.groups.found, tools: tools.filter(isFound) },
    ...groupIds.map((id) => ({ label: words.groups[id], tools: tools.filter((tool) => tool.group === id && !isFound(tool)) })),
  ].filter((group) => group.tools.length > 0)
  const others = view.other_tools.filter(matches)
  return (
    <nav className="tool-list" aria-label={words.tools}>
      <PageSearch label={words.searchTools} value={search} onChange={setSearch} />
      {groups.length > 0 && (
        <ListBox
          aria-label={words.tools}
          selectionMode="single"
          selectionBehavior="replace"
          disallowEmptySelection
          selectedKeys={[chosen]}
          onSelectionChange={(keys) => {
            const [id] = keys === 'all' ? [] : [...keys]
            if (id !== undefined) onChoose(String(id))
          }}
        >
          {groups.map((group) => (
            <ListBoxSection key={group.label}>
              <Header className="tool-head">{group.label}</Header>
              {group.tools.map((tool) => (
                <ListBoxItem key={tool.id} id={tool.id} className="tool" textValue={tool.name}>
                  <span className="clip">{tool.name}</span>
                  <ToolState tool={tool} view={view} />
                </ListBoxItem>
              ))}
            </ListBoxSection>
          ))}
        </ListBox>
      )}
      {groups.length === 0 && others.length === 0 && <p className="caption">{words.noTool}</p>}
      {others.length > 0 && (
        <div className="other-tools">
          <h2 className="tool-head">{words.others}</h2>
          <dl>
            {others.map(({ name, why }) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{why}</dd>
              </div>
            ))}
          </dl>
        </div>
      )}
    </nav>
  )
}

function ToolState({ tool, view }: { tool: ToolView; view: ConnectView }) {
  const last = lastCallOf(tool, view)
  if (last)
    return (
      <small>
        <RelativeTime at={last.at} />
      </small>
    )
  if (tool.file?.mentions)
    return (
      <small>
        <Check className="icon" size={12} strokeWidth={2} aria-hidden />
        {words.connected}
      </small>
    )
  return null
}

/** Several tools call as `OpenAI SDK`: then nobody can say which it was, and none of them is named. */
export function lastCallOf(tool: ToolView, { callers, tools }: ConnectView): ConnectView['callers'][number] | null {
  const own = tool.callers.filter((caller) => tools.filter((each) => each.callers.includes(caller)).length === 1)
  return callers.find((caller) => own.includes(caller.tool)) ?? null
}
