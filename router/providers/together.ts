/** Together AI, open models. */
import type { Provider } from '../core/provider.ts'

export const together: Provider = {
  kind: 'together',
  label: 'Together AI',
  dialect: 'openai-chat',
  defaultBaseUrl: 'https://api.together.xyz/v1',
  auth: 'bearer',
  keyVariable: 'TOGETHER_API_KEY',
  keyPage: 'https://api.together.ai/settings/api-keys',
  probePaths: ['/models'],
  defaultModel: null,
  quirks: {},
}
