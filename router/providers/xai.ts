/** xAI's own API. */
import type { Provider } from '../core/provider.ts'

export const xai: Provider = {
  kind: 'xai',
  label: 'xAI',
  dialect: 'openai-chat',
  defaultBaseUrl: 'https://api.x.ai/v1',
  auth: 'bearer',
  keyVariable: 'XAI_API_KEY',
  keyPage: 'https://console.x.ai',
  probePaths: ['/models'],
  defaultModel: 'grok-4',
  quirks: {},
}
