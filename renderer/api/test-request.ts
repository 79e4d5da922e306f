/** The panel's own test request: one short streamed answer of the model `auto`, sent the way any tool would send it, without the admin token. */
import { refusalOf } from './client.ts'
import { createParser } from './event-stream.ts'

interface Chunk {
  readonly choices?: readonly { readonly delta?: { readonly content?: string | null } }[]
  readonly error?: { readonly message?: string }
}

/** Streams the answer into `onText`; rejects with the router's own sentence. */
export async function sendTestRequest(prompt: string, onText: (text: string) => void): Promise<void> {
  const response = await fetch('/v1/chat/completions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'auto', stream: true, max_tokens: 60, messages: [{ role: 'user', content: prompt }] }),
  })
  if (!response.ok || !response.body) throw new Error(refusalOf(await response.text()) ?? `The router answered ${response.status}.`)
  let text = ''
  let failure: string | null = null
  const parse = createParser((_id, data) => {
    if (data === '[DONE]') return
    const chunk = JSON.parse(data) as Chunk
    if (chunk.error) failure = chunk.error.message ?? 'The answer broke off.'
    text += chunk.choices?.[0]?.delta?.content ?? ''
    onText(text)
  })
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  for (let part = await reader.read(); !part.done; part = await reader.read()) parse(decoder.decode(part.value, { stream: true }))
  if (failure !== null) throw new Error(failure)
}
