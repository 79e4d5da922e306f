/** Settings → Server and Routing: where tools reach Headgate, who may call, and what the files say about the rest. */
import { CopyButton } from '../parts/copy-button.tsx'
import { FormRow, FormSection } from '../parts/form-row.tsx'
import { Switch } from '../parts/switch.tsx'
import { linkTo } from '../state/place.ts'
import { usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { settingInWords } from '../strings/split.ts'
import { baseUrl } from '../words/base-url.ts'
import { ListSetting } from './list-setting.tsx'
import { NumberSetting } from './number-setting.tsx'
import { useSettingQuery } from './setting-query.ts'
import { FileRow, SettingRow } from './setting-row.tsx'
import { changeSetting, useSettings } from './settings-state.ts'

const words = strings.settings

export function ServerSection() {
  return (
    <FormSection title={words.sections.server}>
      <AddressRows />
      <SettingRow name="paused">{({ value }) => <Switch isOn={value === true} onChange={(on) => void changeSetting('paused', on)} />}</SettingRow>
      <RequireKeyRow />
      <ListSetting name="host_names" placeholder="mac-studio.local" />
      <ListSetting name="cors_origins" placeholder="https://app.example" />
    </FormSection>
  )
}

function AddressRows() {
  const url = usePanel((state) => state.overview?.url)
  const port = useSettings((state) => state.view?.settings.find(({ path }) => path === 'server.port'))
  const host = useSettings((state) => state.view?.settings.find(({ path }) => path === 'server.host'))
  const hasAddress = useSettingQuery(`${words.address} ${words.addressCaption} port url`)
  const hasListens = useSettingQuery(`${words.listens} ${words.listensLocal} host lan`)
  return (
    <>
      {hasAddress && url !== undefined && (
        <FormRow
          label={words.address}
          setBy={port && port.source !== 'default' ? port.source : null}
          caption={words.addressCaption}
          trailing={<CopyButton text={baseUrl(url)} label={strings.shell.copyUrl} />}
        >
          <output className="read-only mono">{baseUrl(url)}</output>
        </FormRow>
      )}
      {hasListens && host && (
        <FormRow
          label={words.listens}
          setBy={host.source === 'default' ? null : host.source}
          caption={host.source === 'default' ? words.listensLocal : words.listensAll}
        >
          <output className="read-only mono">{String(host.value)}</output>
        </FormRow>
      )}
    </>
  )
}

function RequireKeyRow() {
  const isForced = useSettings((state) => state.view?.settings.find(({ name }) => name === 'require_key')?.editable === false)
  return (
    <SettingRow name="require_key" caption={isForced ? words.captions.require_key_forced : undefined}>
      {({ value, editable }) => <Switch isOn={value === true} isDisabled={!editable} onChange={(on) => void changeSetting('require_key', on)} />}
    </SettingRow>
  )
}

function Guard({ name }: { readonly name: 'guard_offline' | 'guard_battery' | 'guard_thermal' }) {
  return <SettingRow name={name}>{({ value }) => <Switch isOn={value === true} onChange={(on) => void changeSetting(name, on)} />}</SettingRow>
}

export function RoutingSection() {
  const split = usePanel((state) => state.split)
  const hasSplit = useSettingQuery(`${words.split} ${words.splitCaption}`)
  return (
    <>
      <FormSection title={words.sections.routing}>
        {hasSplit && split && (
          <FormRow label={words.split} caption={words.splitCaption} trailing={<a href={linkTo('overview')}>{words.openOverview}</a>}>
            <output className="read-only">{settingInWords(split)}</output>
          </FormRow>
        )}
        <Guard name="guard_offline" />
        <Guard name="guard_battery" />
        <Guard name="guard_thermal" />
        <NumberSetting name="queue_wait" unit={words.units.seconds} />
      </FormSection>
      <FormSection title={words.routingOfFiles} note={words.fileSettings}>
        <FileRow path="strategy" />
        <FileRow path="health_check" />
        <FileRow path="allowed_fails" />
        <FileRow path="timeouts.connect" />
        <FileRow path="timeouts.start" />
      </FormSection>
    </>
  )
}
