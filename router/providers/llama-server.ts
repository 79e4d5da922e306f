/** llama.cpp's own server. */
import type { Provider } from '../core/provider.ts'

export const llamaServer: Provider = {
  kind: 'llama-server',
  label: 'llama.cpp server',
  dialect: 'openai-chat',
  defaultBaseUrl: 'http://127.0.0.1:8080/v1',
  auth: 'bearer',
  keyVariable: null,
  // `/health` is 503 `Loading model` until the model answers, then 200.
  probePaths: ['//health', '/models'],
  defaultModel: null,
  quirks: { loadingPhrase: 'Loading model' },
}
