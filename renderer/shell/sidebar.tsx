/** The sidebar: the pages there are, and in its foot what runs where. In a narrow window it is a rail of icons, whose names show beside them. */
import { TriangleAlert } from 'lucide-react'
import { BrandMark } from '../parts/brand-mark.tsx'
import { linkTo, type PageId, usePlace } from '../state/place.ts'
import { usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { pages } from './pages.tsx'

export function Sidebar() {
  const { page } = usePlace()
  return (
    <aside className="sidebar">
      <div className="brand">
        <BrandMark />
        <span className="wide-only">{strings.product}</span>
      </div>
      <nav className="nav" aria-label={strings.shell.pages}>
        {pages.map(({ id, label, icon: Icon }) => (
          <a key={id} href={linkTo(id)} aria-current={page === id ? 'page' : undefined}>
            <Icon className="icon" size={15} strokeWidth={1.75} aria-hidden />
            <span>{label}</span>
            <Mark page={id} />
          </a>
        ))}
      </nav>
      <Foot />
    </aside>
  )
}

/** How many models there are, and a warning where a deployment of a page is out. */
function Mark({ page }: { readonly page: PageId }) {
  const models = usePanel((state) => state.overview?.models.length ?? 0)
  const lane = page === 'models' ? 'local' : page === 'providers' ? 'remote' : null
  const isOut = usePanel((state) => state.overview?.deployments.some((deployment) => deployment.lane === lane && deployment.state === 'out') ?? false)
  if (isOut) return <TriangleAlert className="icon nav-mark" size={13} strokeWidth={2} role="img" aria-label={strings.shell.isOut} />
  if (page !== 'models' || models === 0) return null
  return (
    <small className="nav-mark wide-only" aria-hidden="true">
      {models}
    </small>
  )
}

function Foot() {
  const overview = usePanel((state) => state.overview)
  const connection = usePanel((state) => state.connection)
  if (!overview) return null
  const { engine, version, paused, today, split } = overview
  const gpu = engine.gpu === false ? strings.shell.cpuOnly : engine.gpu
  const facts = [version, engine.build && `llama.cpp ${engine.build}`, engine.build && gpu].filter(Boolean).join(' · ')
  const state = connection !== 'live' ? strings.shell.notReached : paused ? strings.shell.paused : strings.shell.running
  const dot = connection !== 'live' ? 'out' : paused ? 'limited' : 'healthy'
  return (
    <div className="foot" title={`${state}, ${location.host}, ${facts}`}>
      <div className="row">
        <span className={`dot ${dot}`} aria-hidden="true" />
        <b>{state}</b>
      </div>
      <div className="mono wide-only">{location.host}</div>
      <div className="wide-only">{facts}</div>
      {split.lock === 'local' && today.remote.bytes_sent === 0 && <div className="wide-only">{strings.shell.nothingSent}</div>}
    </div>
  )
}
