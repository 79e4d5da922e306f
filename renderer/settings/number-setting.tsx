/** A number that is typed and kept on Return or when the field is left; an empty field may mean automatic. */
import { useEffect, useState } from 'react'
import type { SettingName } from '../api/settings.ts'
import { TextField } from '../parts/text-field.tsx'
import { strings } from '../strings/index.ts'
import { SettingRow } from './setting-row.tsx'
import { changeSetting, settingNamed, useSettings } from './settings-state.ts'

export interface NumberSettingProps {
  readonly name: SettingName
  readonly unit: string
  /** An empty field takes the setting back to automatic. */
  readonly mayBeEmpty?: boolean
}

export function NumberSetting({ name, unit, mayBeEmpty = false }: NumberSettingProps) {
  const kept = useSettings((state) => settingNamed(state.view, name)?.value)
  const [typed, setTyped] = useState(textOf(kept))
  useEffect(() => setTyped(textOf(kept)), [kept])
  const isRefused = useSettings((state) => state.refused[name] !== undefined)
  const isEmpty = typed.trim() === ''
  const number = Number(typed.replace(/[\s\u2009]/g, '').replace(',', '.'))
  const isWrong = isEmpty ? !mayBeEmpty : !Number.isFinite(number)
  const commit = () => {
    const value = isEmpty ? null : number
    if (!isWrong && value !== (kept ?? null)) void changeSetting(name, value)
  }
  return (
    <SettingRow name={name} error={isWrong ? strings.settings.notANumber : null}>
      {({ editable }) => (
        <TextField
          value={typed}
          onChange={setTyped}
          onCommit={commit}
          unit={unit}
          size="number"
          placeholder={mayBeEmpty ? strings.settings.automatic : ''}
          isReadOnly={!editable}
          error={isWrong || isRefused ? strings.settings.notANumber : null}
        />
      )}
    </SettingRow>
  )
}

const textOf = (value: unknown): string => (value === null || value === undefined ? '' : String(value))
