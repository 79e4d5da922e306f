import OpenAI, {
  APIConnectionError,
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Lanes, providersOf, startLanes } from '../with-lanes.ts'

let lanes: Lanes
let client: OpenAI
beforeAll(async () => {
  lanes = await startLanes({
    tiny: true,
    models: (here, away) => `${providersOf(here, away)}models:
  - name: far
    aliases: [gpt-4o]
    deployments: [{provider: away, lane: remote}]
  - name: limited
    deployments: [{provider: here}]
`,
  })
  client = new OpenAI({ baseURL: `${lanes.router.url}/v1`, apiKey: 'anything', maxRetries: 0 })
})
afterAll(() => lanes.stop())
beforeEach(() => {
  lanes.here.fault = lanes.away.fault = null
})

const messages = [{ role: 'user', content: 'Say something' }] as const
const weather = { type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } } } as const

describe('the official client', () => {
  test('lists the models and finds one', async () => {
    const names: string[] = []
    for await (const model of client.models.list()) names.push(model.id)
    expect(names).toEqual(expect.arrayContaining(['far', 'tiny', 'auto']))
    expect((await client.models.retrieve('far')).object).toBe('model')
    await expect(client.models.retrieve('faar')).rejects.toBeInstanceOf(NotFoundError)
  })

  test('gets a whole answer and a stream from the remote lane', async () => {
    const { data, response } = await client.chat.completions.create({ model: 'gpt-4o', messages: [...messages] }).withResponse()
    expect(response.headers.get('x-headgate-lane')).toBe('remote')
    expect(data.choices[0]?.message.content).toBe('Hello from far away.')
    expect(data.usage?.total_tokens).toBe(16)
    const stream = await client.chat.completions.create({
      model: 'far',
      messages: [...messages],
      stream: true,
      stream_options: { include_usage: true },
    })
    let text = ''
    let total: number | undefined
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? ''
      total ??= chunk.usage?.total_tokens
    }
    expect([text, total]).toEqual(['Hello from far away.', 16])
  })

  test('gets a whole answer and a stream from the local lane', async () => {
    const { data, response } = await client.chat.completions
      .create({ model: 'tiny', messages: [...messages], max_tokens: 12, temperature: 0 })
      .withResponse()
    expect(response.headers.get('x-headgate-lane')).toBe('local')
    expect(data).toMatchObject({ object: 'chat.completion', model: 'tiny', choices: [{ index: 0, message: { role: 'assistant' } }] })
    expect(data.usage?.prompt_tokens).toBeGreaterThan(0)
    const stream = await client.chat.completions.create({
      model: 'tiny',
      messages: [...messages],
      max_tokens: 12,
      temperature: 0,
      stream: true,
      stream_options: { include_usage: true },
    })
    let text = ''
    let finish: string | null | undefined
    let usage = 0
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? ''
      finish = chunk.choices[0]?.finish_reason ?? finish
      if (chunk.usage) usage++
    }
    expect(text).toBe(data.choices[0]?.message.content)
    expect([finish, usage]).toEqual([data.choices[0]?.finish_reason, 1])
  })

  test('its stream helper puts the answer together', async () => {
    const runner = client.chat.completions.stream({ model: 'far', messages: [...messages] })
    expect(await runner.finalContent()).toBe('Hello from far away.')
  })

  test('sends tools through, and gets the calls, whole and streamed', async () => {
    lanes.away.fault = 'tools'
    const whole = await client.chat.completions.create({ model: 'far', messages: [...messages], tools: [weather], tool_choice: 'required' })
    expect(JSON.parse(lanes.away.requests.at(-1)!.bytes.toString())).toMatchObject({ tools: [weather], tool_choice: 'required' })
    const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } } as const
    expect(whole.choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { tool_calls: [call] } })
    const runner = client.chat.completions.stream({ model: 'far', messages: [...messages], tools: [weather] })
    const message = await runner.finalMessage()
    expect(message.tool_calls).toMatchObject([call])
    lanes.away.fault = null
    const answered = await client.chat.completions.create({
      model: 'far',
      messages: [...messages, { role: 'assistant', content: null, tool_calls: [call] }, { role: 'tool', tool_call_id: 'call_1', content: '12 °C' }],
    })
    expect(answered.choices[0]?.message.content).toBe('Hello from far away.')
  })
})

describe('errors become the right class', () => {
  const ask = (model: string, more: Record<string, unknown> = {}) => client.chat.completions.create({ model, messages: [...messages], ...more })
  const caught = async (promise: Promise<unknown>): Promise<APIError> => {
    const error = await promise.then(
      () => null,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(APIError)
    return error as APIError
  }

  test('an unknown model', async () => {
    const error = await caught(ask('nonsuch'))
    expect(error).toBeInstanceOf(NotFoundError)
    expect(error).toMatchObject({ status: 404, code: 'model_not_found', param: 'model' })
  })

  test('a request that cannot be understood', async () => {
    const error = await caught(ask('far', { messages: 'no list' }))
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error).toMatchObject({ code: 'invalid_type', param: 'messages' })
  })

  test('a key of ours that is revoked', async () => {
    const { body: key } = await lanes.router.admin('POST', '/admin/keys', { name: 'test' })
    const own = new OpenAI({ baseURL: `${lanes.router.url}/v1`, apiKey: key.key, maxRetries: 0 })
    await own.chat.completions.create({ model: 'far', messages: [...messages] })
    await lanes.router.admin('DELETE', `/admin/keys/${key.id}`)
    await expect(own.chat.completions.create({ model: 'far', messages: [...messages] })).rejects.toBeInstanceOf(AuthenticationError)
  })

  test('a provider that rejects our credential is not the caller: never 401', async () => {
    lanes.here.fault = '401'
    const error = await caught(ask('limited@here'))
    expect(error).toBeInstanceOf(InternalServerError)
    expect(error).toMatchObject({ status: 502, code: 'upstream_auth_failed' })
  })

  test('a provider that asks to wait', async () => {
    lanes.away.fault = '429'
    lanes.away.headers = { 'retry-after': '30' }
    const error = await caught(ask('waits@away'))
    lanes.away.headers = {}
    expect(error).toBeInstanceOf(RateLimitError)
    expect(error.headers?.get('retry-after')).toBe('30')
  })

  test('a stream that breaks after output is an error, not an end', async () => {
    for (const fault of ['cut', 'clean-cut', 'late-error-event']) {
      lanes.away.fault = fault
      const words: string[] = []
      const reading = (async () => {
        for await (const chunk of await client.chat.completions.create({ model: `breaks-${fault}@away`, messages: [...messages], stream: true }))
          words.push(chunk.choices[0]?.delta.content ?? '')
      })()
      const error = await caught(reading)
      expect(words.join('')).toBe('One two three ')
      expect(error).not.toBeInstanceOf(APIConnectionError)
      expect(error.code).toBe(fault === 'late-error-event' ? 'upstream_error' : 'upstream_stream_cut')
    }
  })

  test('an abort reaches the provider, in the middle of a stream and before', async () => {
    lanes.away.fault = 'held'
    const seen = lanes.away.requests.length
    const stream = await client.chat.completions.create({ model: 'aborted@away', messages: [...messages], stream: true })
    for await (const chunk of stream) {
      if (chunk.choices[0]?.delta.content) break // leaving the loop aborts
    }
    await expect.poll(() => lanes.away.requests[seen]?.aborted).toBe(true)
    const leaving = new AbortController()
    const whole = client.chat.completions.create({ model: 'aborted@away', messages: [...messages] }, { signal: leaving.signal })
    await expect.poll(() => lanes.away.requests.length).toBe(seen + 2)
    leaving.abort()
    await expect(whole).rejects.toBeInstanceOf(APIUserAbortError)
    await expect.poll(() => lanes.away.requests[seen + 1]?.aborted).toBe(true)
  })
})
