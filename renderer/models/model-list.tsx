/** Every public name as a row: what serves it here, what serves it away, and its gate between them; search and one filter above. */
import { Cloud, Download, FolderPlus, Laptop, Plus, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import type { ModelView } from '../api/models.ts'
import type { Lane } from '../api/types.ts'
import { addFilePlace, getModelPlace, SourceOffers, SourcePanels } from '../downloads/local-sources.tsx'
import { Button } from '../parts/button.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { LoadingBars } from '../parts/loading-bars.tsx'
import { PageError } from '../parts/page-error.tsx'
import { PageFact, PageSearch } from '../parts/page-toolbar.tsx'
import { Segmented } from '../parts/segmented.tsx'
import { go, linkTo, usePlace } from '../state/place.ts'
import { usePanel } from '../state/store.ts'
import { strings } from '../strings/index.ts'
import { AddModel } from './add-model.tsx'
import { AddSide } from './edit-deployment.tsx'
import { inLane, inOrder } from './lanes.ts'
import { ModelRow } from './model-row.tsx'
import { loadModels, type ModelsState } from './models-state.ts'

const words = strings.models

type Filter = keyof typeof words.filters
const filters: readonly Filter[] = ['all', 'both', 'local', 'remote']
const isFilter = (text: string | undefined): text is Filter => filters.some((filter) => filter === text)

export function ModelList({ models, problem, failure }: ModelsState) {
  const { query } = usePlace()
  const split = usePanel((state) => state.split)
  const [search, setSearch] = useState('')
  const [adding, setAdding] = useState<{ readonly model: ModelView; readonly lane: Lane } | null>(null)
  const filter = isFilter(query['show']) ? query['show'] : 'all'
  const { add: isAdding, ...rest } = query
  const openAdd = () => go(linkTo('models', null, { ...query, add: '1' }), { replace: true })
  const closeAdd = () => go(linkTo('models', null, rest), { replace: true })
  const show = (next: Filter) => go(linkTo('models', null, next === 'all' ? {} : { show: next }), { replace: true })

  if (models === null)
    return problem === null ? <LoadingBars bars={6} /> : <PageError title={words.notLoaded} how={problem} onRetry={() => void loadModels()} />

  const named = inOrder(models).filter(({ name, deployments }) => name !== 'auto' || deployments.length > 0)
  const shown = named.filter((model) => isShown(model, filter) && matches(model, search))
  const addDialog = isAdding !== undefined && <AddModel models={models} onClose={closeAdd} />
  if (named.length === 0)
    return (
      <>
        <SourcePanels />
        <EmptyState title={words.empty.title} text={words.empty.text}>
          <Button kind="primary" icon={Download} onPress={() => go(getModelPlace())}>
            {words.get}
          </Button>
          <Button icon={FolderPlus} onPress={() => go(addFilePlace())}>
            {words.addFile}
          </Button>
          <Button icon={Cloud} onPress={() => go(linkTo('providers'))}>
            {words.addProvider}
          </Button>
          <Button icon={Plus} onPress={openAdd}>
            {words.add}
          </Button>
        </EmptyState>
        <SourceOffers />
        {addDialog}
      </>
    )
  return (
    <>
      <PageFact>
        {words.fact(
          named.length,
          named.reduce((sum, { name, deployments }) => (name === 'auto' ? sum : sum + deployments.length), 0),
        )}
      </PageFact>
      <PageSearch label={words.search} value={search} onChange={setSearch} />
      <div className="models-bar">
        <Segmented
          aria-label={words.show}
          value={filter}
          onChange={show}
          segments={filters.map((id) => ({
            id,
            label: words.filters[id],
            ...(id === 'local' ? { icon: Laptop } : id === 'remote' ? { icon: Cloud } : {}),
          }))}
        />
        <span className="push" />
        <Button icon={Plus} onPress={openAdd}>
          {words.add}
        </Button>
        <Button icon={FolderPlus} onPress={() => go(addFilePlace())}>
          {words.addFile}
        </Button>
        <Button kind="primary" icon={Download} onPress={() => go(getModelPlace())}>
          {words.get}
        </Button>
      </div>
      <SourcePanels />
      {[problem === null ? null : words.notRefreshed(problem), failure].map(
        (text) =>
          text !== null && (
            <p key={text} className="note is-error models-note" role="alert">
              <TriangleAlert className="icon" size={14} aria-hidden />
              {text}
            </p>
          ),
      )}
      {shown.length === 0 ? (
        <EmptyState title={words.nothingMatches(search)}>
          <Button
            onPress={() => {
              setSearch('')
              show('all')
            }}
          >
            {words.clearFilters}
          </Button>
        </EmptyState>
      ) : (
        <div className="panel models-frame">
          <table className="models-table">
            <Head />
            <tbody>
              {shown.map((model) => (
                <ModelRow key={model.name} model={model} split={split} onAddSide={(lane) => setAdding({ model, lane })} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <SourceOffers />
      {addDialog}
      {adding && <AddSide model={adding.model} lane={adding.lane} models={models} onClose={() => setAdding(null)} />}
    </>
  )
}

function Head() {
  const { columns } = words
  return (
    <>
      <colgroup>
        <col className="col-name" />
        <col className="col-side" />
        <col className="col-gate" />
        <col className="col-side" />
        <col className="col-feature optional" />
        <col className="col-feature optional" />
        <col className="col-feature optional" />
        <col className="col-price optional" />
        <col className="col-menu" />
      </colgroup>
      <thead>
        <tr>
          <th scope="col">{columns.model}</th>
          <th scope="col" className="local">
            <Laptop className="icon" size={13} strokeWidth={2} aria-hidden />
            {columns.local}
          </th>
          <th scope="col" className="center">
            {columns.split}
          </th>
          <th scope="col" className="remote">
            <Cloud className="icon" size={13} strokeWidth={2} aria-hidden />
            {columns.remote}
          </th>
          <th scope="col" className="center optional">
            {columns.tools}
          </th>
          <th scope="col" className="center optional">
            {columns.vision}
          </th>
          <th scope="col" className="center optional">
            {columns.json}
          </th>
          <th scope="col" className="right optional">
            {columns.price}
          </th>
          <th scope="col">
            <span className="visually-hidden">{columns.more}</span>
          </th>
        </tr>
      </thead>
    </>
  )
}

function isShown(model: ModelView, filter: Filter): boolean {
  const has = (lane: Lane) => inLane(model, lane).length > 0
  if (filter === 'both') return has('local') && has('remote')
  if (filter === 'local') return has('local') && !has('remote')
  if (filter === 'remote') return has('remote') && !has('local')
  return true
}

function matches({ name, aliases, deployments }: ModelView, search: string): boolean {
  const wanted = search.trim().toLowerCase()
  // `auto` has the deployments of all others: it would be found by everything.
  const places = name === 'auto' ? [] : deployments.flatMap(({ provider, upstream_model }) => [provider, upstream_model])
  const texts = [name, ...aliases, ...places]
  return texts.some((text) => text.toLowerCase().includes(wanted))
}
