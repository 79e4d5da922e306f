/** Settings → Notifications: what the menu-bar app may tell about, each switched off by itself. Only there: a browser has none. */
import { FormRow, FormSection } from '../parts/form-row.tsx'
import { Switch } from '../parts/switch.tsx'
import { strings } from '../strings/index.ts'
import { useSettingQuery } from './setting-query.ts'
import { changeSetting, settingNamed, useSettings } from './settings-state.ts'

const words = strings.settings
type Notice = keyof typeof words.notices
const notices = Object.entries(words.notices) as [Notice, string][]

export function NotificationsSection() {
  const muted = useSettings((state) => settingNamed(state.view, 'muted_notices')?.value) as readonly string[] | undefined
  return (
    <FormSection title={words.sections.notifications} note={words.noticesNote}>
      {notices.map(([id, label]) => (
        <NoticeRow
          key={id}
          label={label}
          isOn={!muted?.includes(id)}
          onChange={(isOn) => {
            const others = (muted ?? []).filter((each) => each !== id)
            void changeSetting('muted_notices', isOn ? others : [...others, id])
          }}
        />
      ))}
    </FormSection>
  )
}

function NoticeRow({ label, isOn, onChange }: { readonly label: string; readonly isOn: boolean; readonly onChange: (isOn: boolean) => void }) {
  const isShown = useSettingQuery(`${words.sections.notifications} ${label}`)
  return isShown ? (
    <FormRow label={label}>
      <Switch isOn={isOn} onChange={onChange} />
    </FormRow>
  ) : null
}
