/** The form of a deployment: text becomes the entry that models.yaml would hold, and nothing of an entry is lost on the way. */
import { describe, expect, test } from 'vitest'
import type { ModelDeployment, ModelView, ProviderOption } from '../../../renderer/api/models.ts'
import { draftOf, emptyDraft, entryOf, errorsOf, providersFor, withDeployment } from '../../../renderer/models/deployment-draft.ts'

const deployment = (name: string, source: string, entry: Record<string, unknown>) =>
  ({ name, source, entry, lane: 'remote' }) as unknown as ModelDeployment

describe('a draft', () => {
  test('keeps what the form does not know of an entry', () => {
    const entry = { provider: 'lab', model: 'x', lane: 'remote', name: 'own-name', reason: 'tests', price: { input: 1, output: 2 }, timeout: 30 }
    expect(entryOf(draftOf(deployment('own-name', 'panel', entry)))).toEqual(entry)
  })

  test.each([
    ['128k', 131_072],
    ['1M', 1_048_576],
    ['8 192', 8192],
    ['32768', 32_768],
  ])('takes %s as %d tokens', (context, tokens) => {
    expect(entryOf({ ...emptyDraft('remote'), provider: 'lab', model: 'x', context })).toMatchObject({ context: tokens })
  })

  test('names what is wrong before the router is asked', () => {
    expect(errorsOf({ ...emptyDraft('remote'), provider: 'lab', context: 'many', priceIn: '1' })).toEqual({
      context: expect.any(String),
      priceOut: expect.any(String),
      model: expect.any(String),
    })
    expect(errorsOf(emptyDraft('local')), 'an empty side is no mistake').toEqual({})
  })

  test('writes the lane of a server, and none for the engine', () => {
    expect(entryOf({ ...emptyDraft('local'), provider: 'lab', model: 'x' })).toEqual({ provider: 'lab', model: 'x', lane: 'local' })
    expect(entryOf({ ...emptyDraft('local'), provider: 'engine', model: 'tiny' })).toEqual({ provider: 'engine', model: 'tiny' })
  })
})

test('a changed list has the panel’s deployments and the changed one, never one that was found', () => {
  const [stored, found] = [deployment('m/lab', 'panel', { provider: 'lab' }), deployment('m/engine', 'models folder', { provider: 'engine' })]
  const model = { deployments: [stored, found] } as unknown as ModelView
  expect(withDeployment(model, stored, { provider: 'other' })).toEqual([{ provider: 'other' }])
  expect(withDeployment(model, stored, null)).toEqual([])
  expect(withDeployment(model, found, { provider: 'engine', context: 2048 })).toEqual([{ provider: 'lab' }, { provider: 'engine', context: 2048 }])
})

test('providers of a side: those that are usual there first, the switched-off ones of each last', () => {
  const provider = (name: string, base_url: string, disabled: string | null = null): ProviderOption => ({
    name,
    kind: 'openai-compatible',
    base_url,
    default_model: null,
    disabled,
  })
  const all = [
    provider('off', 'https://a.example/v1', 'no key'),
    provider('cloud', 'https://b.example/v1'),
    provider('here', 'http://127.0.0.1:1234/v1'),
    { ...provider('engine', ''), kind: 'engine' },
  ]
  expect(providersFor('remote', all).map(({ name }) => name)).toEqual(['cloud', 'off', 'here'])
  expect(providersFor('local', all).map(({ name }) => name)).toEqual(['here', 'cloud', 'off'])
})
