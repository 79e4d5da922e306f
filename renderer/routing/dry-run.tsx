/** The dry run: a request is described at the left, and the plan that it would get stands at the right, while it is typed. Nothing is sent. */
import { Plus, X } from 'lucide-react'
import { Checkbox } from 'react-aria-components/Checkbox'
import { CheckboxGroup } from 'react-aria-components/CheckboxGroup'
import { Label } from 'react-aria-components/Label'
import { TextArea } from 'react-aria-components/TextArea'
import { TextField as PlainTextField } from 'react-aria-components/TextField'
import type { RulesView } from '../api/rules.ts'
import { useModelsState } from '../models/models-state.ts'
import { Button } from '../parts/button.tsx'
import { TextField } from '../parts/text-field.tsx'
import { strings } from '../strings/index.ts'
import { DryRunAnswer } from './dry-run-answer.tsx'
import { changeRequest, type Header, toggles, useAsking } from './dry-run-state.ts'
import { NameField } from './name-field.tsx'

const words = strings.routing.dry

export function DryRun({ view }: { readonly view: RulesView }) {
  const { request, plan, refusal } = useAsking()
  const models = useModelsState((state) => state.models) ?? []
  const names = ['auto', ...view.rules.exact.map(({ rule }) => rule), ...models.flatMap(({ name, aliases }) => [name, ...aliases])]
  return (
    <section className="panel dry-run" aria-labelledby="dry-run-title">
      <div className="dry-request">
        <div className="head">
          <h2 id="dry-run-title">{words.title}</h2>
          <span className="caption push">{words.note}</span>
        </div>
        <NameField
          label={words.model}
          placeholder={words.modelPlaceholder}
          value={request.model}
          names={[...new Set(names)]}
          onChange={(model) => changeRequest({ model })}
        />
        <PlainTextField className="text-field" value={request.prompt} onChange={(prompt) => changeRequest({ prompt })}>
          <Label className="form-label">{words.prompt}</Label>
          <TextArea className="field dry-prompt" placeholder={words.promptPlaceholder} rows={2} spellCheck="false" />
        </PlainTextField>
        <CheckboxGroup
          aria-label={words.needs}
          className="feature-checks dry-wants"
          value={[...request.wants]}
          onChange={(wants) => changeRequest({ wants: toggles.filter((toggle) => wants.includes(toggle)) })}
        >
          {toggles.map((toggle) => (
            <Checkbox key={toggle} value={toggle} className="feature-check-row">
              <span className="feature-check" aria-hidden="true" />
              {words.toggles[toggle]}
            </Checkbox>
          ))}
        </CheckboxGroup>
        <Headers headers={request.headers} names={view.rules.headers} />
      </div>
      <DryRunAnswer plan={plan} refusal={refusal} view={view} />
    </section>
  )
}

/** The router's own header, and the seed's example of a header that rules read. */
const usualHeaders = ['X-Capability', 'X-Priority']
let lastId = 0

function Headers({ headers, names }: { readonly headers: readonly Header[]; readonly names: readonly string[] }) {
  const known = [...new Map([...names, ...usualHeaders].map((name) => [name.toLowerCase(), name])).values()]
  const offered = known.filter((name) => !headers.some((header) => header.name.toLowerCase() === name.toLowerCase())).slice(0, 3)
  const add = (name: string) => changeRequest({ headers: [...headers, { id: ++lastId, name, value: '' }] })
  const change = (id: number, part: Partial<Header>) =>
    changeRequest({ headers: headers.map((header) => (header.id === id ? { ...header, ...part } : header)) })
  return (
    <div className="dry-headers">
      {headers.map(({ id, name, value }) => (
        <div className="dry-header" key={id}>
          <NameField
            aria-label={words.headerName}
            placeholder={words.headerName}
            value={name}
            names={known}
            onChange={(next) => change(id, { name: next })}
          />
          <TextField
            aria-label={words.headerValue}
            placeholder={words.headerValue}
            value={value}
            onChange={(next) => change(id, { value: next })}
            autoFocus={name !== ''}
          />
          <Button
            kind="quiet"
            icon={X}
            aria-label={words.removeHeader}
            onPress={() => changeRequest({ headers: headers.filter((header) => header.id !== id) })}
          />
        </div>
      ))}
      <div className="row wrap">
        {[...offered, ''].map((name) => (
          <Button key={name} kind="quiet" icon={Plus} onPress={() => add(name)}>
            {name === '' ? words.addHeader : name}
          </Button>
        ))}
      </div>
    </div>
  )
}
