/** Fireworks, open models. */
import type { Provider } from '../core/provider.ts'

export const fireworks: Provider = {
  kind: 'fireworks',
  label: 'Fireworks',
  dialect: 'openai-chat',
  defaultBaseUrl: 'https://api.fireworks.ai/inference/v1',
  auth: 'bearer',
  keyVariable: 'FIREWORKS_API_KEY',
  keyPage: 'https://fireworks.ai/account/api-keys',
  probePaths: ['/models'],
  defaultModel: null,
  quirks: {},
}
