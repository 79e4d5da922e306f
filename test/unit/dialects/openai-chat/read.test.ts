/** Facts of a chat request: what the policy learns, which refusals come before it, and which conversation a request belongs to. */
import { describe, expect, it } from 'vitest'
import { read } from '../../../../router/dialects/openai-chat/read.ts'
import { bodyOf, refusalOf, user } from './refusal.ts'

const facts = (body: Record<string, unknown>, headers: Record<string, string> = {}) => read(bodyOf({ messages: [user('Hi')], ...body }), headers)
const session = (messages: unknown, more: Record<string, unknown> = {}, headers: Record<string, string> = {}) =>
  facts({ messages, ...more }, headers).session

describe('model and place', () => {
  it.each([
    ['gpt-4o', 'gpt-4o', null, null],
    ['llama3.1:8b@local', 'llama3.1:8b', 'local', null],
    ['gpt-4o@remote', 'gpt-4o', 'remote', null],
    ['org/model@lab', 'org/model', null, 'lab'],
    ['@cf/meta/llama', '@cf/meta/llama', null, null],
    ['x@y/z', 'x@y/z', null, null],
    ['x@', 'x@', null, null],
    ['../../etc/passwd', '../../etc/passwd', null, null],
    ['http://169.254.169.254/', 'http://169.254.169.254/', null, null],
    ["'; DROP", "'; DROP", null, null],
  ])('reads %s', (written, model, askedLane, askedProvider) => {
    expect(facts({ model: written })).toMatchObject({ model, askedLane, askedProvider })
  })

  it('takes a missing or null model as none', () => {
    expect(facts({}).model).toBeNull()
    expect(facts({ model: null }).model).toBeNull()
  })

  it.each([
    ['d21', { model: '' }, 'missing_required_parameter', 'model'],
    ['d21', { model: 7 }, 'invalid_type', 'model'],
    ['d21', { model: 'x'.repeat(10_000) }, 'string_too_long', 'model'],
    ['d11', { model: 'a\u0000b' }, 'invalid_value', 'model'],
    ['d11', { model: 'a\r\nX: y' }, 'invalid_value', 'model'],
    ['d34', { stream: 'true' }, 'invalid_type', 'stream'],
    ['d34', { stream: 1 }, 'invalid_type', 'stream'],
    ['–', { messages: undefined }, 'missing_required_parameter', 'messages'],
    ['–', { messages: null }, 'missing_required_parameter', 'messages'],
    ['–', { messages: 'Hi' }, 'invalid_type', 'messages'],
  ])('%s: refuses %o', (_row, body, code, param) => {
    const error = refusalOf(() => facts(body))
    expect([error.status, error.code, error.details.param]).toEqual([400, code, param])
  })

  it('takes the lane of the header, and refuses another word or another lane than the model names', () => {
    expect(facts({ model: 'm' }, { 'x-headgate-route': 'Remote' }).askedLane).toBe('remote')
    expect(facts({ model: 'm@local' }, { 'x-headgate-route': 'local' }).askedLane).toBe('local')
    expect(refusalOf(() => facts({}, { 'x-headgate-route': 'cloud' })).details.param).toBe('x-headgate-route')
    expect(refusalOf(() => facts({ model: 'm@local' }, { 'x-headgate-route': 'remote' })).code).toBe('conflicting_parameters')
  })
})

describe('needs and sizes', () => {
  it('estimates a token per four bytes of text, tools included, images not', () => {
    expect(facts({ messages: [user('x'.repeat(4000))] }).promptTokens).toBe(1000)
    expect(facts({ messages: [user('ü')] }).promptTokens).toBe(1)
    const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(40_000)}` } }
    const seen = facts({ messages: [user([{ type: 'text', text: 'x'.repeat(40) }, image])] })
    expect([seen.promptTokens, seen.needs.vision]).toEqual([10, true])
    const tools = [{ type: 'function', function: { name: 'f' } }]
    expect(facts({ tools, messages: [] }).promptTokens).toBe(Math.ceil(JSON.stringify(tools).length / 4))
  })

  it('names tools, JSON and the output limit', () => {
    expect(facts({ tools: [] }).needs.tools).toBe(false)
    expect(facts({ tools: null }).needs.tools).toBe(false)
    expect(facts({ tools: [{}] }).needs.tools).toBe(true)
    expect(facts({ functions: [{ name: 'f' }] }).needs.tools).toBe(true)
    expect(facts({ response_format: { type: 'json_object' } }).needs.json).toBe(true)
    expect(facts({ response_format: { type: 'text' } }).needs.json).toBe(false)
    expect([undefined, null, 1, 2, 128, 129, 1.5, 'two'].map((n) => facts({ n }).needs.many)).toEqual([
      false,
      false,
      false,
      true,
      true,
      false,
      false,
      false,
    ])
    expect(facts({ max_tokens: 10, max_completion_tokens: 20 }).maxOutputTokens).toBe(20)
    expect(facts({ max_tokens: -1 }).maxOutputTokens).toBeNull()
    expect(facts({ stream: null }).stream).toBe(false)
  })

  it('sees a tool loop and the start of a session', () => {
    const call = { role: 'assistant', content: null, tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }] }
    expect(facts({ messages: [user('Hi'), call, { role: 'tool', tool_call_id: 'a', content: '1' }] })).toMatchObject({
      inToolLoop: true,
      startsSession: false,
    })
    expect(facts({})).toMatchObject({ inToolLoop: false, startsSession: true })
  })

  it('lets odd messages pass: the provider says what is wrong with them', () => {
    expect(facts({ messages: [null, 7, { role: 'root' }, user(7), user([null])] }).promptTokens).toBe(0)
  })

  it('reads every way to forbid a fallback', () => {
    expect(facts({}).noFallback).toBe(false)
    expect(facts({}, { 'x-headgate-no-fallback': '0' }).noFallback).toBe(false)
    expect(facts({}, { 'x-headgate-no-fallback': '1' }).noFallback).toBe(true)
    expect(facts({ provider: { allow_fallbacks: false } }).noFallback).toBe(true)
    expect(facts({ disable_fallbacks: true }).noFallback).toBe(true)
  })
})

describe('session', () => {
  it('is the first header that names one', () => {
    expect(session([user('Hi')], {}, { session_id: 'b', 'x-claude-code-session-id': 'a' })).toEqual({ id: 'a', fromHeader: true })
    expect(session([user('Hi')], {}, { 'thread-id': 't' })).toEqual({ id: 't', fromHeader: true })
    expect(session([user('Hi')], {}, { 'x-headgate-session': 's', session_id: 'b' })?.id).toBe('s')
    expect(session([user('Hi')], {}, { 'x-headgate-session': 's'.repeat(9000) })?.id).toHaveLength(16)
  })

  it('stays the same while a conversation grows, and differs with its beginning', () => {
    const first = session([{ role: 'system', content: 'S' }, user('Hi')])
    const later = session([{ role: 'system', content: 'S' }, user('Hi'), { role: 'assistant', content: 'Yes?' }, user('More')])
    expect(later).toEqual(first)
    expect(first?.fromHeader).toBe(false)
    for (const other of [
      session([user('Hi')]),
      session([{ role: 'system', content: 'S' }, user('Ho')]),
      session([{ role: 'system', content: 'S' }, user('Hi')], { tools: [{}] }),
    ])
      expect(other?.id).not.toBe(first?.id)
  })

  it('joins a cache key or user id with the first message, as apps send one constant for everything', () => {
    const a = session([user('Hi')], { prompt_cache_key: 'app' })
    expect(session([user('Hi'), { role: 'assistant', content: '…' }, user('x')], { prompt_cache_key: 'app' })).toEqual(a)
    expect(session([user('Ho')], { prompt_cache_key: 'app' })?.id).not.toBe(a?.id)
    expect(session([user('Hi')], { metadata: { user_id: 'u' } })?.id).not.toBe(session([user('Hi')], { metadata: { user_id: 'v' } })?.id)
  })

  it('leaves out what a harness changes on every call', () => {
    const system = (billing: string) => ({
      role: 'system',
      content: [
        { type: 'text', text: `x-anthropic-billing-header: ${billing}` },
        { type: 'text', text: 'S' },
      ],
    })
    expect(session([system('1'), user('Hi')])).toEqual(session([system('2'), user('Hi')]))
  })

  it('is none without a message', () => {
    expect(session([])).toBeNull()
  })
})
