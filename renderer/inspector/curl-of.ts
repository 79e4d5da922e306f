/** A request as a command for a shell: the recorded body, or a template with its model. A key is never in it, only the name of a variable. */
import type { RequestDetail } from '../api/types.ts'

/** `base`: the address of OpenAI clients, with `/v1`. */
export function curlOf(detail: RequestDetail, base: string): string {
  const { recording, model, stream } = detail
  const isWhole = recording && !recording.cut.body
  const template = { model: model ?? 'auto', messages: [{ role: 'user', content: 'Hello' }], ...(stream ? { stream: true } : {}) }
  const headers = Object.entries(recording?.headers ?? {}).filter(
    ([name, value]) => /^x-(?!forwarded|real|api-key|goog)/.test(name) && value !== '[masked]' && !/[\r\n]/.test(value),
  )
  return [
    `curl ${quoted(`${base}/chat/completions`)}`,
    `-H 'content-type: application/json'`,
    `-H "authorization: Bearer $HEADGATE_KEY"`,
    ...headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    `-d ${quoted(isWhole ? recording.body : JSON.stringify(template))}`,
  ].join(' \\\n  ')
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
