/** Settings → Engine: memory, context and idle time of local models, and the starter model. */
import { useState } from 'react'
import { Button } from '../parts/button.tsx'
import { FormSection } from '../parts/form-row.tsx'
import { Select } from '../parts/select.tsx'
import { TextField } from '../parts/text-field.tsx'
import { strings } from '../strings/index.ts'
import { settingWords } from '../words/setting-value.ts'
import { NumberSetting } from './number-setting.tsx'
import { FileRow, SettingRow } from './setting-row.tsx'
import { changeSetting, settingNamed, useSettings } from './settings-state.ts'

const words = strings.settings
const idleSteps = [300, 900, 3600, 0]

export function EngineSection() {
  return (
    <FormSection title={words.sections.engine}>
      <NumberSetting name="memory_budget" unit={words.units.gib} mayBeEmpty />
      <NumberSetting name="context" unit={words.units.tokens} />
      <SettingRow name="idle_unload">
        {({ value, path }) => (
          <Select
            value={String(value)}
            options={[...new Set([...idleSteps, value as number])].map((seconds) => ({ id: String(seconds), label: settingWords(path, seconds) }))}
            onChange={(next) => void changeSetting('idle_unload', Number(next))}
          />
        )}
      </SettingRow>
      <StarterRow />
      <FileRow path="engine.slots" />
      <FileRow path="engine.threads" />
      <FileRow path="engine.isolation" />
    </FormSection>
  )
}

/** On, off, or a file of one's own, whose path is asked for in the row. */
function StarterRow() {
  const kept = String(useSettings((state) => settingNamed(state.view, 'starter_model')?.value) ?? 'on')
  const isFile = kept !== 'on' && kept !== 'off'
  const [isAsking, setAsking] = useState(false)
  const [file, setFile] = useState(isFile ? kept : '')
  const refused = useSettings((state) => state.refused.starter_model ?? null)
  const useIt = () => void changeSetting('starter_model', file.trim()).then((isKept) => isKept && setAsking(false))
  const options = [
    { id: 'on', label: words.starter.on },
    { id: 'off', label: words.starter.off },
    { id: 'file', label: isFile ? kept : words.starter.file },
  ]
  return (
    <SettingRow name="starter_model">
      {({ editable }) => (
        <div className="stack">
          <Select
            value={isAsking || isFile ? 'file' : kept}
            options={options}
            isDisabled={!editable}
            onChange={(next) => {
              setAsking(next === 'file')
              if (next !== 'file') void changeSetting('starter_model', next)
            }}
          />
          {isAsking && (
            <div className="row">
              <TextField
                aria-label={words.starterPath}
                value={file}
                onChange={setFile}
                size="wide"
                isMono
                placeholder="/Users/me/models/qwen3.gguf"
                error={refused}
              />
              <Button onPress={useIt} isDisabled={file.trim() === ''}>
                {words.useFile}
              </Button>
            </div>
          )}
        </div>
      )}
    </SettingRow>
  )
}
