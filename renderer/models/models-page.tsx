/** The page Models: the list of all, or the own page of the one that the place names. */
import { useLayoutEffect } from 'react'
import { usePlace } from '../state/place.ts'
import { ModelList } from './model-list.tsx'
import { ModelPage } from './model-page.tsx'
import { useModels } from './models-state.ts'

/** Where the list was left, to come back to it. */
let listTop = 0
let lastItem: string | null = null

export function ModelsPage() {
  const { item } = usePlace()
  useListPosition(item)
  const state = useModels()
  return <div className="models-page">{item === null ? <ModelList {...state} /> : <ModelPage key={item} name={item} {...state} />}</div>
}

/** A model's page begins at its top with the focus on its name; Back leads to the place in the list, and to the link that was pressed. */
function useListPosition(item: string | null): void {
  useLayoutEffect(() => {
    const main = document.getElementById('page')
    if (!main) return
    if (item !== null) {
      lastItem = item
      main.scrollTop = 0
      document.getElementById('model-title')?.focus({ preventScroll: true })
      return
    }
    if (lastItem !== null) {
      main.scrollTop = listTop
      document.getElementById(`model-${lastItem}`)?.focus({ preventScroll: true })
      lastItem = null
    }
    const keep = () => {
      listTop = main.scrollTop
    }
    main.addEventListener('scroll', keep, { passive: true })
    return () => main.removeEventListener('scroll', keep)
  }, [item])
}
