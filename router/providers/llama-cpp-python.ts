/** The server of llama-cpp-python, under the name that the seeds give it. */
import type { Provider } from '../core/provider.ts'

export const llamaCppPython: Provider = {
  kind: 'llama_cpp_python',
  label: 'llama-cpp-python server',
  dialect: 'openai-chat',
  defaultBaseUrl: 'http://127.0.0.1:8000/v1',
  auth: 'bearer',
  keyVariable: null,
  // It has no health route.
  probePaths: ['/models'],
  defaultModel: null,
  quirks: {},
}
