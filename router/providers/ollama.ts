/** An Ollama server, by its OpenAI-compatible routes. */
import type { Provider } from '../core/provider.ts'

export const ollama: Provider = {
  kind: 'ollama',
  label: 'Ollama',
  dialect: 'openai-chat',
  defaultBaseUrl: 'http://127.0.0.1:11434/v1',
  auth: 'bearer',
  keyVariable: null,
  probePaths: ['//api/version', '/models'],
  defaultModel: null,
  // `gpt-oss:120b-cloud` and `x:cloud` are passed on to Ollama's cloud by the local server.
  quirks: { remoteModelSuffix: 'cloud' },
}
