/** OpenRouter, one API before many providers. */
import type { Provider } from '../core/provider.ts'

export const openrouter: Provider = {
  kind: 'openrouter',
  label: 'OpenRouter',
  dialect: 'openai-chat',
  defaultBaseUrl: 'https://openrouter.ai/api/v1',
  auth: 'bearer',
  keyVariable: 'OPENROUTER_API_KEY',
  keyPage: 'https://openrouter.ai/settings/keys',
  // `/key` is small and tells about our key; the model list is public and some hundred KB long.
  probePaths: ['/key', '/models'],
  defaultModel: 'openrouter/auto',
  extraHeaders: { 'X-Title': 'Headgate' },
  quirks: { keyPath: '/key' },
}
