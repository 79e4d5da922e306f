/** The five presets as one radio group; none chosen = Custom. A padlock marks the two that lock. */
import { Lock } from 'lucide-react'
import { Radio, RadioGroup } from 'react-aria-components/RadioGroup'
import type { SplitSetting } from '../api/types.ts'
import { type NamedPreset, presetNames, presetOf, presets } from '../state/presets.ts'
import { strings } from '../strings/index.ts'

export function PresetChoice({ setting, onChange }: { setting: SplitSetting; onChange: (next: SplitSetting) => void }) {
  const chosen = presetOf(setting)
  return (
    <RadioGroup
      className="presets"
      orientation="horizontal"
      aria-label={strings.split.presets}
      value={chosen === 'custom' ? null : chosen}
      onChange={(name) => onChange(presets[name as NamedPreset])}
    >
      {presetNames.map((name) => (
        <Radio key={name} value={name} className="preset" aria-label={strings.presetLabels[name]} aria-describedby={`preset-${name}`}>
          <b>
            {presets[name].lock && <Lock className="icon" size={12} strokeWidth={2} aria-hidden />}
            {strings.presetLabels[name]}
          </b>
          <small id={`preset-${name}`}>{strings.split.hints[name]}</small>
        </Radio>
      ))}
    </RadioGroup>
  )
}
