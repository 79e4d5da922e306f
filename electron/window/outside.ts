/** The only way out of the app: https, to hosts on this list, in the person's own browser, asked from main (security page, e68). */
import { shell } from 'electron'

/** Where the panel links to: the hub with models and licences, and the pages of providers that issue keys. */
const hosts: ReadonlySet<string> = new Set([
  'github.com',
  'huggingface.co',
  'api.together.ai',
  'cloud.cerebras.ai',
  'console.groq.com',
  'console.mistral.ai',
  'console.x.ai',
  'fireworks.ai',
  'openrouter.ai',
  'platform.deepseek.com',
  'platform.openai.com',
  'ollama.com',
  'lmstudio.ai',
  'brew.sh',
])

export function isOutsideAllowed(address: string): boolean {
  const url = URL.parse(address)
  return url !== null && url.protocol === 'https:' && url.port === '' && url.username === '' && url.password === '' && hosts.has(url.hostname)
}

export function openOutside(address: string): void {
  if (isOutsideAllowed(address)) void shell.openExternal(new URL(address).href)
}
