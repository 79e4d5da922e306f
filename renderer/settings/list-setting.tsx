/** A list of names in one line, separated by commas. */
import { useEffect, useState } from 'react'
import type { SettingName } from '../api/settings.ts'
import { TextField } from '../parts/text-field.tsx'
import { SettingRow } from './setting-row.tsx'
import { changeSetting, settingNamed, useSettings } from './settings-state.ts'

export function ListSetting({ name, placeholder }: { readonly name: SettingName; readonly placeholder: string }) {
  const kept = useSettings((state) => settingNamed(state.view, name)?.value) as readonly string[] | undefined
  const refused = useSettings((state) => state.refused[name] ?? null)
  const written = (kept ?? []).join(', ')
  const [typed, setTyped] = useState(written)
  useEffect(() => setTyped(written), [written])
  const names = typed.split(/[\s,]+/).filter(Boolean)
  const commit = () => {
    if (names.join(', ') !== written) void changeSetting(name, names)
  }
  return (
    <SettingRow name={name}>
      {({ editable }) => (
        <TextField
          value={typed}
          onChange={setTyped}
          onCommit={commit}
          placeholder={placeholder}
          size="wide"
          isMono
          isReadOnly={!editable}
          error={refused}
        />
      )}
    </SettingRow>
  )
}
