/** An SGLang server. */
import type { Provider } from '../core/provider.ts'

export const sglang: Provider = {
  kind: 'sglang',
  label: 'SGLang',
  dialect: 'openai-chat',
  defaultBaseUrl: 'http://127.0.0.1:30000/v1',
  auth: 'bearer',
  keyVariable: null,
  // Not `/health_generate`: that one generates a token.
  probePaths: ['//health', '/models'],
  defaultModel: null,
  quirks: {},
}
