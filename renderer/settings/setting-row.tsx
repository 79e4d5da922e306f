/** One setting as a form row: its source in words, the reset where the panel changed it, and the router's sentence where a change was refused. */
import { type ReactNode, useEffect, useRef } from 'react'
import type { SettingName, SettingView } from '../api/settings.ts'
import { FormRow } from '../parts/form-row.tsx'
import { usePlace } from '../state/place.ts'
import { strings } from '../strings/index.ts'
import { settingWords } from '../words/setting-value.ts'
import { settingLabels } from './setting-labels.ts'
import { useSettingQuery } from './setting-query.ts'
import { changeSetting, useSettings } from './settings-state.ts'

const words = strings.settings

export interface SettingRowProps {
  readonly name: SettingName
  /** More than the usual caption. */
  readonly caption?: ReactNode
  /** What is wrong with what is typed; the router's own refusal comes after it. */
  readonly error?: string | null
  readonly children: (setting: SettingView) => ReactNode
}

export function SettingRow({ name, caption, error = null, children }: SettingRowProps) {
  const setting = useSettings((state) => state.view?.settings.find((each) => each.name === name) ?? null)
  const refused = useSettings((state) => state.refused[name] ?? null)
  const { item } = usePlace()
  const row = useRef<HTMLDivElement>(null)
  const isAsked = item === name
  useEffect(() => {
    if (isAsked) row.current?.scrollIntoView({ block: 'center' })
  }, [isAsked])
  const isShown = useSettingQuery(`${settingLabels[name]} ${words.captions[name]} ${setting?.path ?? name}`)
  if (!setting || !isShown) return null
  const { path, source, base, editable, is_pending } = setting
  const isChanged = source === 'panel' && editable
  const hasOwnWay = name === 'paused' || name === 'record_bodies_until' // its control takes it back
  const isOfFile = source !== 'panel' && source !== 'default'
  return (
    <div ref={row} className={isAsked ? 'asked-row' : undefined}>
      <FormRow
        label={settingLabels[name]}
        setBy={editable ? null : source}
        error={error ?? refused}
        resetTo={isChanged && !hasOwnWay ? settingWords(path, base.value) : null}
        onReset={() => void changeSetting(name, null)}
        caption={
          <>
            {caption ?? words.captions[name]}
            {isChanged && base.source !== 'default' && ` ${words.overrideOf(base.source)}`}
            {isOfFile && editable && ` ${words.fromFile(source)}`}
            {is_pending && <b className="pending"> {words.afterRestart}</b>}
          </>
        }
      >
        {children(setting)}
      </FormRow>
    </div>
  )
}

/** A setting of the files that cannot be set here: its value in grey, and who set it. */
export function FileRow({ path, trailing }: { readonly path: string; readonly trailing?: ReactNode }) {
  const setting = useSettings((state) => state.view?.settings.find((each) => each.path === path) ?? null)
  const label = words.fileLabels[path] ?? path
  const isShown = useSettingQuery(`${label} ${path}`)
  if (!setting || !isShown) return null
  const isUsual = setting.source === 'default' || setting.source === 'start'
  return (
    <FormRow
      label={label}
      setBy={isUsual ? null : setting.source}
      caption={
        <>
          {words.fileCaptions[path]}
          {setting.is_pending && <b className="pending"> {words.afterRestart}</b>}
        </>
      }
      trailing={trailing}
    >
      <output className={`read-only ${path.startsWith('folders.') ? 'mono' : ''}`}>{settingWords(path, setting.value)}</output>
    </FormRow>
  )
}
