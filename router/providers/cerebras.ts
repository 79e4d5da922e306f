/** Cerebras, open models on its own chips. */
import type { Provider } from '../core/provider.ts'

export const cerebras: Provider = {
  kind: 'cerebras',
  label: 'Cerebras',
  dialect: 'openai-chat',
  defaultBaseUrl: 'https://api.cerebras.ai/v1',
  auth: 'bearer',
  keyVariable: 'CEREBRAS_API_KEY',
  keyPage: 'https://cloud.cerebras.ai',
  probePaths: ['/models'],
  defaultModel: null,
  quirks: {},
}
