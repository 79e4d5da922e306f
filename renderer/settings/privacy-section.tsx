/** Settings → Privacy and Updates: what is written down, for how long, and that nothing else leaves. */
import { Info } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../parts/button.tsx'
import { FormRow, FormSection } from '../parts/form-row.tsx'
import { Switch } from '../parts/switch.tsx'
import { type AppHost, appHost, type UpdateCheck } from '../shell/app-host.ts'
import { linkTo } from '../state/place.ts'
import { strings } from '../strings/index.ts'
import { clockTime } from '../words/figures.ts'
import { NumberSetting } from './number-setting.tsx'
import { useSettingQuery } from './setting-query.ts'
import { FileRow, SettingRow } from './setting-row.tsx'
import { changeSetting } from './settings-state.ts'

const words = strings.settings
const minuteMs = 60_000

export function PrivacySection() {
  const isNoteShown = useSettingQuery(words.telemetry)
  const recordFor = (minutes: number) => void changeSetting('record_bodies_until', new Date(Date.now() + minutes * minuteMs).toISOString())
  return (
    <FormSection title={words.sections.privacy}>
      <SettingRow name="record_bodies_until">
        {({ value }) =>
          typeof value === 'string' ? (
            <div className="row wrap">
              <span className="medium">{words.recordingUntil(clockTime(value, Date.now()))}</span>
              <Button onPress={() => void changeSetting('record_bodies_until', null)}>{words.stopRecording}</Button>
              <a href={linkTo('activity')}>{words.openActivity}</a>
            </div>
          ) : (
            <div className="row wrap">
              <Button onPress={() => recordFor(10)}>{words.record10}</Button>
              <Button onPress={() => recordFor(60)}>{words.recordHour}</Button>
            </div>
          )
        }
      </SettingRow>
      <NumberSetting name="recording_days" unit={words.units.days} />
      <NumberSetting name="recording_mb" unit={words.units.mb} />
      <NumberSetting name="ledger_days" unit={words.units.days} />
      <FolderRow path="folders.data" what="data" />
      <FolderRow path="folders.models" what="models" />
      <FolderRow path="folders.config" what="config" />
      {isNoteShown && (
        <p className="form-note">
          <Info className="icon" size={14} strokeWidth={1.75} aria-hidden />
          {words.telemetry}
        </p>
      )}
    </FormSection>
  )
}

function FolderRow({ path, what }: { readonly path: string; readonly what: Parameters<AppHost['revealInFinder']>[0] }) {
  return <FileRow path={path} trailing={appHost && <Button onPress={() => void appHost?.revealInFinder(what)}>{words.reveal}</Button>} />
}

export function UpdatesSection() {
  const isShown = useSettingQuery(`${words.sections.updates} ${words.version}`)
  return (
    <FormSection title={words.sections.updates}>
      {appHost ? (
        <>
          {isShown && <VersionRow host={appHost} />}
          <SettingRow name="auto_update">
            {({ value }) => <Switch isOn={value === true} onChange={(on) => void changeSetting('auto_update', on)} />}
          </SettingRow>
        </>
      ) : (
        isShown && (
          <p className="form-note">
            <Info className="icon" size={14} strokeWidth={1.75} aria-hidden />
            {words.updatesInBrowser}
          </p>
        )
      )}
    </FormSection>
  )
}

function VersionRow({ host }: { readonly host: AppHost }) {
  const [check, setCheck] = useState<UpdateCheck | 'checking' | null>(null)
  const look = () => {
    setCheck('checking')
    void host.checkForUpdates().then(setCheck, () => setCheck({ state: 'failed', detail: null }))
  }
  const caption = check === null ? undefined : check === 'checking' ? words.checking : (check.detail ?? words.updateStates[check.state])
  return (
    <FormRow
      label={words.version}
      caption={<span role="status">{caption}</span>}
      trailing={
        <Button onPress={look} isDisabled={check === 'checking'}>
          {words.checkUpdates}
        </Button>
      }
    >
      <output className="read-only">{host.version}</output>
    </FormRow>
  )
}
