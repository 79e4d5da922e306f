/** The two switches below the gate: Fallback, and the Lock as three segments. */
import { Cloud, Laptop } from 'lucide-react'
import { Radio, RadioGroup } from 'react-aria-components/RadioGroup'
import { Switch } from 'react-aria-components/Switch'
import type { Lane, SplitSetting } from '../api/types.ts'
import { withLock } from '../state/presets.ts'
import { strings } from '../strings/index.ts'

export function FallbackAndLock({ setting, onChange }: { setting: SplitSetting; onChange: (next: SplitSetting) => void }) {
  const isLocked = setting.lock !== null
  const words = strings.split
  return (
    <div className="gate-bar">
      <Switch
        className="switch-row"
        isSelected={setting.fallback && !isLocked}
        isDisabled={isLocked}
        aria-describedby="fallback-hint"
        onChange={(fallback) => onChange({ ...setting, fallback })}
      >
        <span className="switch" aria-hidden="true" />
        <span className="medium">{words.fallback}</span>
      </Switch>
      <span className="caption fallback-hint" id="fallback-hint">
        {isLocked ? words.fallbackLocked : setting.fallback ? words.fallbackHint : words.fallbackOff}
      </span>
      <div className="row push">
        <span className="medium" id="lock-label">
          {words.lock}
        </span>
        <RadioGroup
          className="segments"
          orientation="horizontal"
          aria-labelledby="lock-label"
          value={setting.lock ?? 'none'}
          onChange={(lock) => onChange(withLock(setting, lock === 'none' ? null : (lock as Lane)))}
        >
          <Radio value="none" className="segment">
            {words.lockNone}
          </Radio>
          <Radio value="local" className="segment">
            <Laptop className="icon" size={13} strokeWidth={1.75} aria-hidden />
            {strings.laneLabels.local}
          </Radio>
          <Radio value="remote" className="segment">
            <Cloud className="icon" size={13} strokeWidth={1.75} aria-hidden />
            {strings.laneLabels.remote}
          </Radio>
        </RadioGroup>
      </div>
    </div>
  )
}
