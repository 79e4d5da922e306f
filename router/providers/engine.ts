/** The local engine: llama.cpp in this process or a child of it. Nothing of it is reached over HTTP, so paths and URL are empty. */
import type { Provider } from '../core/provider.ts'

export const engine: Provider = {
  kind: 'engine',
  label: 'Local engine',
  dialect: 'openai-chat',
  defaultBaseUrl: null,
  auth: 'none',
  keyVariable: null,
  probePaths: [],
  defaultModel: null,
  quirks: {},
}
