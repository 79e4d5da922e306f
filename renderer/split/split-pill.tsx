/** The split in the toolbar: the wedge at 1:20 with the setting's name; its menu has the five presets. */
import { ChevronDown, Clock, Lock } from 'lucide-react'
import { Button } from 'react-aria-components/Button'
import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu'
import { Popover } from 'react-aria-components/Popover'
import { type NamedPreset, onlyLane, percentOf, presetNames, presetOf, presets, settingOf } from '../state/presets.ts'
import { changeSplit } from '../state/split-changes.ts'
import { usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { at, Wedge } from './gate.tsx'
import { useNow } from './use-now.ts'

export function SplitPill() {
  const split = usePanel((state) => state.split)
  const wanted = usePanel((state) => state.wanted)
  const override = wanted === null ? (split?.override ?? null) : null
  const now = useNow(10_000, override !== null)
  if (!split) return null
  const setting = wanted ?? settingOf(split)
  const preset = presetOf(setting)
  const only = onlyLane(setting, split.lanes)
  return (
    <MenuTrigger>
      <Button
        className={`pill ${setting.lock ?? ''}`}
        aria-label={override ? strings.split.override.pillLabel(override, now) : strings.split.pillLabel(setting)}
      >
        {override ? (
          <Clock className="icon" size={13} strokeWidth={2} aria-hidden />
        ) : setting.lock === null ? (
          <span className="mini" style={at(only ? (only.lane === 'local' ? 0 : 100) : percentOf(setting.remote_share))}>
            <Wedge only={only?.lane ?? null} strokeWidth={1.25} />
          </span>
        ) : (
          <Lock className="icon" size={13} strokeWidth={2} aria-hidden />
        )}
        {override ? strings.split.override.pill(override, now) : strings.split.pill(setting)}
        <ChevronDown className="icon" size={13} strokeWidth={2} aria-hidden />
      </Button>
      <Popover className="popover" placement="bottom end" offset={6}>
        <Menu
          className="menu"
          aria-label={strings.split.title}
          selectionMode="single"
          selectedKeys={preset === 'custom' ? [] : [preset]}
          onAction={(name) => changeSplit(presets[name as NamedPreset])}
        >
          {presetNames.map((name) => (
            <MenuItem key={name} id={name} className="menu-item" textValue={strings.presetLabels[name]}>
              <span className="menu-mark" aria-hidden="true" />
              <span className="menu-words">
                <b>{strings.presetLabels[name]}</b>
                <small>{strings.split.hints[name]}</small>
              </span>
              {presets[name].lock && <Lock className="icon" size={12} strokeWidth={2} aria-hidden />}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}
