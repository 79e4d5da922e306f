/** Groq's API for open models on its own chips. */
import type { Provider } from '../core/provider.ts'

export const groq: Provider = {
  kind: 'groq',
  label: 'Groq',
  dialect: 'openai-chat',
  defaultBaseUrl: 'https://api.groq.com/openai/v1',
  auth: 'bearer',
  keyVariable: 'GROQ_API_KEY',
  keyPage: 'https://console.groq.com/keys',
  probePaths: ['/models'],
  defaultModel: 'llama-3.3-70b-versatile',
  quirks: {},
}
