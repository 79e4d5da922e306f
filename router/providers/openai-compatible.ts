/** Any server that speaks OpenAI Chat Completions: the kind of a provider that names none. */
import type { Provider } from '../core/provider.ts'

export const openaiCompatible: Provider = {
  kind: 'openai-compatible',
  label: 'OpenAI-compatible server',
  dialect: 'openai-chat',
  defaultBaseUrl: null,
  auth: 'bearer',
  keyVariable: null,
  // The model list first: `/health` of some proxies asks every model behind them and is billed.
  probePaths: ['/models', '//health'],
  defaultModel: null,
  quirks: {},
}
