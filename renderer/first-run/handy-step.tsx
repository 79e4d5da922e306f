/** Step 6, in the menu-bar app only: opening at login, and updates. */
import { useEffect, useState } from 'react'
import { FormRow } from '../parts/form-row.tsx'
import { Switch } from '../parts/switch.tsx'
import { SettingRow } from '../settings/setting-row.tsx'
import { changeSetting } from '../settings/settings-state.ts'
import { appHost, type LoginItem } from '../shell/app-host.ts'
import { strings } from '../strings/index.ts'

const words = strings.settings

export function HandyStep() {
  const [item, setItem] = useState<LoginItem | null>(null)
  useEffect(() => void appHost?.openAtLogin.get().then(setItem, () => undefined), [])
  return (
    <>
      <p className="lead">{strings.firstRun.handy.lead}</p>
      <div className="panel form">
        {item && (
          <FormRow
            label={words.openAtLogin}
            caption={item.available ? (item.needsApproval ? words.needsApproval : words.openAtLoginCaption) : (item.why ?? words.openAtLoginCaption)}
          >
            <Switch
              isOn={item.enabled}
              isDisabled={!item.available}
              onChange={(on) => void appHost?.openAtLogin.set(on).then(setItem, () => undefined)}
            />
          </FormRow>
        )}
        <SettingRow name="auto_update">
          {({ value }) => <Switch isOn={value === true} onChange={(on) => void changeSetting('auto_update', on)} />}
        </SettingRow>
      </div>
    </>
  )
}
