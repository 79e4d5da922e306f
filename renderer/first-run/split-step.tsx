/** Step 2: where prompts may go, as three cards. It sets the preset and nothing else. */
import { Cloud, Info, Laptop } from 'lucide-react'
import { Radio, RadioGroup } from 'react-aria-components/RadioGroup'
import { presetOf, presets, settingOf } from '../state/presets.ts'
import { changeSplit } from '../state/split-changes.ts'
import { usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'

const words = strings.firstRun.split
type Choice = keyof typeof words.options
const choices = Object.keys(words.options) as Choice[]
const facts = Object.entries(words.rows) as [keyof typeof words.rows, string][]

export function SplitStep() {
  const split = usePanel((state) => state.split)
  const wanted = usePanel((state) => state.wanted)
  const setting = wanted ?? (split && settingOf(split))
  return (
    <>
      <p className="lead">{words.lead}</p>
      <RadioGroup
        className="choices"
        aria-labelledby="first-run-title"
        value={setting ? presetOf(setting) : ''}
        onChange={(choice) => changeSplit(presets[choice as Choice], { quiet: true })}
      >
        {choices.map((choice) => {
          const option = words.options[choice]
          return (
            <Radio key={choice} value={choice} className="choice">
              <span className="choice-mark" aria-hidden="true" />
              <Diagram choice={choice} />
              <span className="choice-title">{option.title}</span>
              <span className="choice-text">{option.text}</span>
              <span className="choice-facts">
                {facts.map(([id, label]) => (
                  <span key={id}>
                    <span>{label}</span> <span>{option[id]}</span>
                  </span>
                ))}
              </span>
            </Radio>
          )
        })}
      </RadioGroup>
      <p className="caption first-run-note row">
        <Info className="icon" size={13} strokeWidth={2} aria-hidden />
        {words.note}
      </p>
    </>
  )
}

const local = 'M92 48C128 48 128 22 164 22H232'
const remote = 'M92 48C128 48 128 74 164 74H232'

/** One channel that becomes two: the filled one is taken first, the dotted one is the spare, a bar closes the other. */
function Diagram({ choice }: { readonly choice: Choice }) {
  const isRemoteFirst = choice === 'prefer-remote'
  const first = isRemoteFirst ? remote : local
  const spare = isRemoteFirst ? local : remote
  return (
    <span className="diagram" aria-hidden="true">
      <svg viewBox="0 0 264 96" aria-hidden="true" fill="none" strokeLinecap="round">
        <path d={spare} stroke="var(--track)" strokeWidth="12" />
        {choice === 'local-only' ? (
          <rect x="150" y="63" width="6" height="22" rx="2" fill="var(--ink)" />
        ) : (
          <path d={spare} stroke={isRemoteFirst ? 'var(--local-fill)' : 'var(--remote-fill)'} strokeWidth="3" strokeDasharray="1 7" />
        )}
        <path d={first} stroke={isRemoteFirst ? 'var(--remote-fill)' : 'var(--local-fill)'} strokeWidth="12" />
        <path d="M14 48H92" stroke="var(--ink)" strokeWidth="12" />
        <Laptop x="242" y="13" width="18" height="18" className="lane-icon local" />
        <Cloud x="242" y="65" width="18" height="18" className={choice === 'local-only' ? 'quiet-words' : 'lane-icon remote'} />
      </svg>
    </span>
  )
}
