/** OpenAI's own API. */
import type { Provider } from '../core/provider.ts'

export const openai: Provider = {
  kind: 'openai',
  label: 'OpenAI',
  dialect: 'openai-chat',
  defaultBaseUrl: 'https://api.openai.com/v1',
  auth: 'bearer',
  keyVariable: 'OPENAI_API_KEY',
  keyPage: 'https://platform.openai.com/api-keys',
  probePaths: ['/models'],
  defaultModel: 'gpt-4o-mini',
  quirks: {},
}
