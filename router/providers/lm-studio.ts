/** LM Studio's server. */
import type { Provider } from '../core/provider.ts'

export const lmStudio: Provider = {
  kind: 'lm-studio',
  label: 'LM Studio',
  dialect: 'openai-chat',
  defaultBaseUrl: 'http://127.0.0.1:1234/v1',
  auth: 'bearer',
  keyVariable: null,
  // It has no health route.
  probePaths: ['/models'],
  defaultModel: null,
  quirks: {},
}
