/** What a condition can ask about, to be read and to be put into the field. */
import { Button } from 'react-aria-components/Button'
import type { RulesView } from '../api/rules.ts'
import { strings } from '../strings/index.ts'

const words = strings.routing.form

export function ConditionWords({ view, onPick }: { readonly view: RulesView; readonly onPick: (word: string) => void }) {
  const [provider = 'NAME'] = view.providers
  const all = [
    { name: 'header.x-priority', meaning: words.words['header'] },
    ...view.variables.map(({ name }) => ({ name, meaning: words.words[name] })),
    { name: `${provider}_unavailable`, meaning: words.words['unavailable'] },
  ]
  return (
    <details className="condition-words">
      <summary>{words.variables}</summary>
      <p className="caption">{words.variablesNote}</p>
      <dl>
        {all.map(({ name, meaning }) => (
          <div key={name}>
            <dt>
              <Button className="text-link" onPress={() => onPick(name)}>
                <code>{name}</code>
              </Button>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </details>
  )
}
