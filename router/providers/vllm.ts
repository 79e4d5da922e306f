/** A vLLM server. Its own port is 8000; the built-in entry keeps to 8001, where the seeds have it. */
import type { Provider } from '../core/provider.ts'

export const vllm: Provider = {
  kind: 'vllm',
  label: 'vLLM',
  dialect: 'openai-chat',
  defaultBaseUrl: 'http://127.0.0.1:8001/v1',
  auth: 'bearer',
  keyVariable: null,
  // `/health` stands at the origin, needs no key and answers while the engine lives.
  probePaths: ['//health', '/models'],
  defaultModel: null,
  quirks: {},
}
