/** Mistral's own API. */
import type { Provider } from '../core/provider.ts'

export const mistral: Provider = {
  kind: 'mistral',
  label: 'Mistral',
  dialect: 'openai-chat',
  defaultBaseUrl: 'https://api.mistral.ai/v1',
  auth: 'bearer',
  keyVariable: 'MISTRAL_API_KEY',
  keyPage: 'https://console.mistral.ai/api-keys',
  probePaths: ['/models'],
  defaultModel: 'mistral-small-latest',
  quirks: {},
}
