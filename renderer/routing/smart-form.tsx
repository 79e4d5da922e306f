/** The form of smart routing: the words, the models that they stand for, and the lines that choose one of them by the look of the prompt. */
import { useState } from 'react'
import type { Entry } from '../api/rules.ts'
import { Switch } from '../parts/switch.tsx'
import { TextField } from '../parts/text-field.tsx'
import { strings } from '../strings/index.ts'
import { CheckedField } from './checked-field.tsx'
import { NameField } from './name-field.tsx'
import { OrderedFields } from './ordered-fields.tsx'
import { useModelNames } from './route-form.tsx'
import { Field, Form, type RuleFormProps } from './rule-form.tsx'

const words = strings.routing.form

interface Line {
  readonly when: string
  readonly use: string
}

export function SmartForm({ editing: { entry }, view, id, onSave }: RuleFormProps) {
  const models = useModelNames()
  const [isOn, setOn] = useState(entry['enabled'] !== false)
  const [small, setSmall] = useState(String(entry['small'] ?? ''))
  const [capable, setCapable] = useState(String(entry['capable'] ?? ''))
  const [others, setOthers] = useState<readonly { readonly word: string; readonly model: string }[]>(() =>
    Object.entries((entry['specialists'] ?? {}) as Record<string, string>).map(([word, model]) => ({ word, model: String(model) })),
  )
  const [lines, setLines] = useState(() => (entry['rules'] as readonly Line[] | undefined) ?? view.usual_smart_rules)
  const submit = () =>
    onSave('', {
      ...without(entry, ['enabled', 'small', 'capable', 'specialists', 'rules']),
      enabled: isOn,
      ...(small.trim() === '' ? {} : { small: small.trim() }),
      ...(capable.trim() === '' ? {} : { capable: capable.trim() }),
      specialists: Object.fromEntries(others.flatMap(({ word, model }) => (word.trim() === '' ? [] : [[word.trim(), model.trim()]]))),
      rules: lines.map(({ when, use }) => ({ when: when.trim(), use: use.trim() })),
    })
  const uses = [...new Set(['small', 'capable', ...others.map(({ word }) => word), ...models])].filter((word) => word !== '')
  return (
    <Form id={id} onSubmit={submit}>
      <Switch isOn={isOn} onChange={setOn} label={words.smartOn} />
      <Field label={words.small} note={words.smallNote}>
        <NameField aria-label={words.small} value={small} names={models} onChange={setSmall} />
      </Field>
      <Field label={words.capable} note={words.capableNote}>
        <NameField aria-label={words.capable} value={capable} names={models} onChange={setCapable} />
      </Field>
      <Field label={words.specialists} note={words.specialistsNote}>
        <OrderedFields what={words.word} items={others} onChange={setOthers} empty={{ word: '', model: '' }} addLabel={words.addWord}>
          {(other, set, label) => (
            <div className="chain-link is-pair">
              <TextField aria-label={label} value={other.word} onChange={(word) => set({ ...other, word })} />
              <NameField
                aria-label={label.replace(words.word, words.wordModel)}
                value={other.model}
                names={models}
                onChange={(model) => set({ ...other, model })}
              />
            </div>
          )}
        </OrderedFields>
      </Field>
      <Field label={words.lines} note={words.linesNote}>
        <OrderedFields what={words.line} items={lines} onChange={setLines} empty={{ when: '', use: 'capable' }} addLabel={words.addLine}>
          {(line, set, label) => (
            <div className="chain-link is-pair">
              <CheckedField
                kind="condition"
                isQuiet
                aria-label={label.replace(words.line, words.lineWhen)}
                value={line.when}
                onChange={(when) => set({ ...line, when })}
              />
              <NameField
                aria-label={label.replace(words.line, words.lineUse)}
                value={line.use}
                names={uses}
                onChange={(use) => set({ ...line, use })}
              />
            </div>
          )}
        </OrderedFields>
      </Field>
    </Form>
  )
}

const without = (entry: Entry, keys: readonly string[]): Entry => Object.fromEntries(Object.entries(entry).filter(([key]) => !keys.includes(key)))
