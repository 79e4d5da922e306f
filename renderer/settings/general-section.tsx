/** Settings → General: how the panel looks, the set-up, and what only the menu-bar app has. */
import { Info } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { Appearance } from '../api/settings.ts'
import { askForFirstRun } from '../first-run/first-run-state.ts'
import { Button } from '../parts/button.tsx'
import { FormRow, FormSection } from '../parts/form-row.tsx'
import { Segmented } from '../parts/segmented.tsx'
import { Select } from '../parts/select.tsx'
import { Switch } from '../parts/switch.tsx'
import { type AppHost, appHost, type LoginItem } from '../shell/app-host.ts'
import { strings } from '../strings/index.ts'
import { useSettingQuery } from './setting-query.ts'
import { SettingRow } from './setting-row.tsx'
import { changeSetting } from './settings-state.ts'

const words = strings.settings
const appearances = Object.entries(words.appearance).map(([id, label]) => ({ id: id as Appearance, label }))
const trayTexts = Object.entries(words.trayText).map(([id, label]) => ({ id, label }))

export function GeneralSection() {
  const hasLanguage = useSettingQuery(words.language)
  const hasSetUp = useSettingQuery(`${words.setUp} ${words.setUpCaption}`)
  return (
    <FormSection title={words.sections.general}>
      <SettingRow name="appearance">
        {({ value }) => <Segmented value={value as Appearance} segments={appearances} onChange={(next) => void changeSetting('appearance', next)} />}
      </SettingRow>
      {hasLanguage && (
        <FormRow label={words.language} caption={words.languageCaption}>
          <output className="read-only">{words.english}</output>
        </FormRow>
      )}
      {hasSetUp && (
        <FormRow label={words.setUp} caption={words.setUpCaption}>
          <Button onPress={askForFirstRun}>{words.setUpAgain}</Button>
        </FormRow>
      )}
      {appHost ? <AppRows host={appHost} /> : <InBrowser />}
    </FormSection>
  )
}

function InBrowser() {
  const isShown = useSettingQuery(words.inBrowser)
  return isShown ? (
    <p className="form-note">
      <Info className="icon" size={14} strokeWidth={1.75} aria-hidden />
      {words.inBrowser}
    </p>
  ) : null
}

function AppRows({ host }: { readonly host: AppHost }) {
  const isShown = useSettingQuery(`${words.openAtLogin} ${words.openAtLoginCaption}`)
  const [item, setItem] = useState<LoginItem | null>(null)
  useEffect(() => void host.openAtLogin.get().then(setItem, () => undefined), [host])
  return (
    <>
      {isShown && item && (
        <FormRow
          label={words.openAtLogin}
          caption={item.available ? (item.needsApproval ? words.needsApproval : words.openAtLoginCaption) : (item.why ?? words.openAtLoginCaption)}
        >
          <Switch isOn={item.enabled} isDisabled={!item.available} onChange={(on) => void host.openAtLogin.set(on).then(setItem, () => undefined)} />
        </FormRow>
      )}
      <SettingRow name="tray_text">
        {({ value }) => <Select value={String(value)} options={trayTexts} onChange={(next) => void changeSetting('tray_text', next)} />}
      </SettingRow>
    </>
  )
}
