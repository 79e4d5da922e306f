/** DeepSeek's API. `/v1` is a synonym of the bare origin there and says nothing about a model's version. */
import type { Provider } from '../core/provider.ts'

export const deepseek: Provider = {
  kind: 'deepseek',
  label: 'DeepSeek',
  dialect: 'openai-chat',
  defaultBaseUrl: 'https://api.deepseek.com/v1',
  auth: 'bearer',
  keyVariable: 'DEEPSEEK_API_KEY',
  keyPage: 'https://platform.deepseek.com/api_keys',
  probePaths: ['/models'],
  defaultModel: 'deepseek-flash',
  quirks: {},
}
