/** The page Settings: sections of rows with a list of them beside, a search over all of it, and the effective configuration at the end. */
import { useEffect, useMemo, useState } from 'react'
import { Button } from '../parts/button.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { LoadingBars } from '../parts/loading-bars.tsx'
import { PageError } from '../parts/page-error.tsx'
import { PageSearch } from '../parts/page-toolbar.tsx'
import { appHost } from '../shell/app-host.ts'
import { linkTo, usePlace } from '../state/place.ts'
import { strings } from '../strings/index.ts'
import { settingWords } from '../words/setting-value.ts'
import { EffectiveConfiguration } from './effective-configuration.tsx'
import { EngineSection } from './engine-section.tsx'
import { GeneralSection } from './general-section.tsx'
import { NotificationsSection } from './notifications-section.tsx'
import { PrivacySection, UpdatesSection } from './privacy-section.tsx'
import { RoutingSection, ServerSection } from './server-section.tsx'
import { settingLabels } from './setting-labels.ts'
import { isMatching, SettingQuery } from './setting-query.ts'
import { forgetRefusals, loadSettings, useSettings } from './settings-state.ts'

const words = strings.settings
type SectionId = keyof typeof words.sections
const sectionIds = (Object.keys(words.sections) as SectionId[]).filter((id) => id !== 'notifications' || appHost !== null)

export function SettingsPage() {
  const view = useSettings((state) => state.view)
  const problem = useSettings((state) => state.problem)
  const [typed, setTyped] = useState('')
  const { item } = usePlace()
  useEffect(() => {
    void loadSettings()
    return forgetRefusals
  }, [])
  useEffect(() => {
    if (view && sectionIds.includes(item as SectionId)) document.getElementById(`section-${item}`)?.scrollIntoView({ block: 'start' })
  }, [view, item])
  const all = view?.settings ?? []
  const matching = useMemo(
    () =>
      (view?.settings ?? []).filter(({ path, value, source, name }) =>
        isMatching(typed, `${path} ${settingWords(path, value)} ${source} ${name === null ? '' : settingLabels[name]}`),
      ),
    [view, typed],
  )
  if (problem !== null && !view) return <PageError title={words.notLoaded} how={problem} onRetry={() => void loadSettings()} />
  if (!view) return <LoadingBars bars={6} />
  return (
    <div className="settings">
      <PageSearch label={words.search} value={typed} onChange={setTyped} />
      <nav className="section-list" aria-label={words.title}>
        {sectionIds.map((id) => (
          <a key={id} href={linkTo('settings', id)} aria-current={item === id ? 'location' : undefined}>
            {words.sections[id]}
          </a>
        ))}
      </nav>
      <div className="sections">
        <SettingQuery value={typed}>
          <div className="section" id="section-general">
            <GeneralSection />
          </div>
          <div className="section" id="section-server">
            <ServerSection />
          </div>
          <div className="section" id="section-routing">
            <RoutingSection />
          </div>
          <div className="section" id="section-engine">
            <EngineSection />
          </div>
          <div className="section" id="section-privacy">
            <PrivacySection />
          </div>
          {appHost && (
            <div className="section" id="section-notifications">
              <NotificationsSection />
            </div>
          )}
          <div className="section" id="section-updates">
            <UpdatesSection />
          </div>
        </SettingQuery>
        {typed !== '' && matching.length === 0 && (
          <EmptyState title={words.noMatch(typed)}>
            <Button kind="primary" onPress={() => setTyped('')}>
              {words.clear}
            </Button>
          </EmptyState>
        )}
        <div className="section" id="section-effective">
          <EffectiveConfiguration settings={matching} all={all} />
        </div>
      </div>
    </div>
  )
}
