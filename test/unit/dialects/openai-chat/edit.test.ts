/** Edits are splices: whatever is not declared keeps its bytes. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { edit, wantsUsage } from '../../../../router/dialects/openai-chat/edit.ts'
import { bodyOf } from './refusal.ts'

const edited = (text: string, model: string, askForUsage = false) => Buffer.from(edit(bodyOf(text), { model, askForUsage })).toString()

describe('edit', () => {
  it.each([
    ['the model in place', '{"z":1.0,"model" : "a" ,"k":1e2}', 'b', false, '{"z":1.0,"model" : "b" ,"k":1e2}'],
    ['a model of null', '{"model":null}', 'b', false, '{"model":"b"}'],
    ['a missing model as the first member', ' {"z":1}', 'b', false, ' {"model":"b","z":1}'],
    ['a missing model of an empty body', '{ }', 'b', true, '{"model":"b","stream_options":{"include_usage":true} }'],
    ['a model that needs escapes', '{"model":"a"}', 'a"\\ü', false, '{"model":"a\\"\\\\ü"}'],
    ['missing stream options', '{"model":"a","stream":true}', 'a', true, '{"stream_options":{"include_usage":true},"model":"a","stream":true}'],
    ['stream options of null', '{"model":"a","stream_options":null}', 'a', true, '{"model":"a","stream_options":{"include_usage":true}}'],
    [
      'usage switched off',
      '{"stream_options":{"include_usage": false,"x":1},"model":"a"}',
      'b',
      true,
      '{"stream_options":{"include_usage": true,"x":1},"model":"b"}',
    ],
    ['other stream options', '{"stream_options":{ "x":1},"model":"a"}', 'a', true, '{"stream_options":{"include_usage":true, "x":1},"model":"a"}'],
    ['empty stream options', '{"stream_options":{},"model":"a"}', 'a', true, '{"stream_options":{"include_usage":true},"model":"a"}'],
    ['stream options that are no object', '{"stream_options":7,"model":"a"}', 'a', true, '{"stream_options":7,"model":"a"}'],
  ])('sets %s', (_what, text, model, askForUsage, result) => {
    expect(edited(text, model, askForUsage)).toBe(result)
  })

  it('gives the very same bytes when nothing changes', () => {
    for (const text of ['{"model":"a"}', '{"mod\\u0065l":"\\u0061","stream_options":{"include_usage":true}}']) {
      const body = bodyOf(text)
      expect(edit(body, { model: 'a', askForUsage: text.includes('usage') })).toBe(body.bytes)
    }
  })

  it('keeps every other member, its order and its number literals, for any body', () => {
    const members = fc.dictionary(
      fc.string().filter((key) => key !== '__proto__' && key !== 'model' && key !== 'stream_options'),
      fc.jsonValue(),
    )
    fc.assert(
      fc.property(members, fc.option(fc.string(), { nil: undefined }), fc.boolean(), fc.string(), (rest, model, ask, upstream) => {
        const value = { ...rest, ...(model === undefined ? {} : { model }) }
        fc.pre(!JSON.stringify(value).includes('__proto__'))
        const result = JSON.parse(edited(JSON.stringify(value), upstream, ask)) as Record<string, unknown>
        expect(result).toEqual({ ...JSON.parse(JSON.stringify(value)), model: upstream, ...(ask ? { stream_options: { include_usage: true } } : {}) })
      }),
      { numRuns: 500 },
    )
  })
})

it('knows whether the caller asked for usage', () => {
  expect(wantsUsage(bodyOf({ stream_options: { include_usage: true } }))).toBe(true)
  for (const options of [undefined, null, 7, {}, { include_usage: 'true' }, { include_usage: false }])
    expect(wantsUsage(bodyOf({ stream_options: options }))).toBe(false)
})
