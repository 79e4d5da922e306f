/** A list whose order counts: a field each, which can be moved up and removed, and a button that adds one. */
import { ArrowUp, Plus, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from '../parts/button.tsx'
import { strings } from '../strings/index.ts'

const words = strings.routing.form

export interface OrderedFieldsProps<Item> {
  /** One of them: `Provider`. */
  readonly what: string
  readonly items: readonly Item[]
  readonly onChange: (items: readonly Item[]) => void
  readonly empty: Item
  readonly addLabel: string
  readonly children: (item: Item, change: (item: Item) => void, label: string) => ReactNode
}

export function OrderedFields<Item>({ what, items, onChange, empty, addLabel, children }: OrderedFieldsProps<Item>) {
  const replace = (index: number, item: Item) => onChange(items.map((each, at) => (at === index ? item : each)))
  const moveUp = (index: number) => {
    const next = [...items]
    next.splice(index - 1, 0, ...next.splice(index, 1))
    onChange(next)
  }
  return (
    <div className="ordered-fields">
      {items.map((item, index) => {
        const place = index + 1
        return (
          // Only the place tells two equal entries apart.
          <div className="ordered-field" key={index}>
            {children(item, (next) => replace(index, next), words.nth(what, place))}
            {items.length > 1 && (
              <Button kind="quiet" icon={ArrowUp} aria-label={words.upNth(what, place)} isDisabled={index === 0} onPress={() => moveUp(index)} />
            )}
            <Button kind="quiet" icon={X} aria-label={words.removeNth(what, place)} onPress={() => onChange(items.filter((_, at) => at !== index))} />
          </div>
        )
      })}
      <Button kind="quiet" icon={Plus} onPress={() => onChange([...items, empty])}>
        {addLabel}
      </Button>
    </div>
  )
}
