/** How each tool is pointed at Headgate: what to write, and where. Data and pure functions; the one place that knows the tools' own words. Only tools that speak Chat Completions. */

export interface SnippetParts {
  /** `http://127.0.0.1:4777/v1` */
  readonly baseUrl: string
  /** Null = none is needed; tools that insist on one get any word. */
  readonly key: string | null
  /** A name that Headgate has. */
  readonly model: string
  /** Tokens that every place of the model takes. */
  readonly context: number
}

export type SnippetPart =
  /** Text for a file or a terminal; `file` = it goes into the tool's configuration file. */
  | { readonly kind: 'text'; readonly label: string; readonly language: string; readonly text: string }
  /** A form of the tool: each field to be copied. */
  | { readonly kind: 'fields'; readonly label: string; readonly fields: readonly { readonly label: string; readonly value: string }[] }

/** Below the home folder, or below the folder of configurations (`~/.config`), which XDG may have moved. */
export type HomePath = { readonly home: string } | { readonly config: string }

export interface Tool {
  readonly id: string
  readonly name: string
  readonly group: 'editor' | 'app' | 'terminal' | 'library'
  /** Names under which it shows in the ledger when it calls without a key. */
  readonly callers: readonly string[]
  /** Its configuration file, macOS first where the two differ. */
  readonly files: Readonly<Partial<Record<'darwin' | 'linux', HomePath>>>
  readonly note?: string
  readonly parts: (of: SnippetParts) => readonly SnippetPart[]
}

/** What tools get that refuse an empty key. */
const anyKey = 'headgate'
const keyOf = ({ key }: SnippetParts) => key ?? anyKey
const json = (value: unknown) => JSON.stringify(value, null, 2)
/** A string of JSON is one of YAML, Python and JavaScript, too. */
const quoted = (text: string) => JSON.stringify(text)
const shell = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`
const openAiCallers = ['OpenAI SDK']

const everywhere = (path: HomePath): Tool['files'] => ({ darwin: path, linux: path })
const text = (label: string, language: string, lines: readonly string[]): SnippetPart => ({ kind: 'text', label, language, text: lines.join('\n') })
const fields = (label: string, pairs: Readonly<Record<string, string>>): SnippetPart => ({
  kind: 'fields',
  label,
  fields: Object.entries(pairs).map(([name, value]) => ({ label: name, value })),
})
const variables = (pairs: Readonly<Record<string, string>>) => Object.entries(pairs).map(([name, value]) => `export ${name}=${shell(value)}`)

export const tools: readonly Tool[] = [
  {
    id: 'zed',
    name: 'Zed',
    group: 'editor',
    callers: ['Zed'],
    files: everywhere({ config: 'zed/settings.json' }),
    note: 'Zed keeps the key apart: paste it in the agent panel’s settings under Headgate, or start Zed with HEADGATE_API_KEY.',
    parts: (of) => [
      text('Merge into settings.json', 'json', [
        '{',
        '  "language_models": {',
        '    "openai_compatible": {',
        '      "Headgate": {',
        `        "api_url": ${quoted(of.baseUrl)},`,
        '        "available_models": [',
        `          {"name": ${quoted(of.model)}, "display_name": ${quoted(`Headgate ${of.model}`)}, "max_tokens": ${of.context},`,
        '           "capabilities": {"tools": true, "images": false}}',
        '        ]',
        '      }',
        '    }',
        '  }',
        '}',
      ]),
      fields('API key, in the agent panel’s settings', { 'API key': keyOf(of) }),
    ],
  },
  {
    id: 'vscode',
    name: 'VS Code',
    group: 'editor',
    callers: ['GitHubCopilotChat'],
    files: {},
    note: 'Chat’s model picker → Manage Models → Add Models → Custom Endpoint. It needs a version with your own endpoints.',
    parts: (of) => [fields('Custom Endpoint', { URL: of.baseUrl, 'API key': keyOf(of), 'Model ID': of.model, 'API type': 'Chat Completions' })],
  },
  {
    id: 'continue',
    name: 'Continue',
    group: 'editor',
    callers: openAiCallers,
    files: everywhere({ home: '.continue/config.yaml' }),
    parts: (of) => [
      text('Add to config.yaml', 'yaml', [
        'name: Local Config',
        'version: 1.0.0',
        'schema: v1',
        'models:',
        `  - name: ${quoted(`Headgate ${of.model}`)}`,
        '    provider: openai',
        `    model: ${quoted(of.model)}`,
        `    apiBase: ${quoted(of.baseUrl)}`,
        `    apiKey: ${quoted(keyOf(of))}`,
        '    roles: [chat, edit, apply]',
      ]),
    ],
  },
  {
    id: 'cline',
    name: 'Cline, Roo Code',
    group: 'editor',
    callers: openAiCallers,
    files: {},
    parts: (of) => [
      fields('Settings → API Provider', { 'API Provider': 'OpenAI Compatible', 'Base URL': of.baseUrl, 'API Key': keyOf(of), 'Model ID': of.model }),
    ],
  },
  {
    id: 'jetbrains',
    name: 'JetBrains AI Assistant',
    group: 'editor',
    callers: ['JetBrains', 'ktor-client', 'Java-http-client'],
    files: {},
    parts: (of) => [
      fields('Settings → Tools → AI Assistant → Providers & API keys', { Provider: 'OpenAI-compatible', URL: of.baseUrl, 'API key': keyOf(of) }),
    ],
  },
  {
    id: 'xcode',
    name: 'Xcode 26',
    group: 'editor',
    callers: ['Xcode'],
    files: {},
    note: 'Xcode lists the models by itself. Its Claude agent speaks Messages, which comes later.',
    parts: (of) => {
      const { origin, port } = new URL(of.baseUrl)
      return [
        of.key === null
          ? fields('Settings → Intelligence → Add a Model Provider → Locally Hosted', { Port: port || '80', Description: 'Headgate' })
          : fields('Settings → Intelligence → Add a Model Provider → Internet Hosted', {
              URL: origin,
              'API Key': of.key,
              'API Key Header': 'x-api-key',
              Description: 'Headgate',
            }),
      ]
    },
  },
  {
    id: 'raycast',
    name: 'Raycast',
    group: 'app',
    callers: ['Raycast'],
    files: { darwin: { config: 'raycast/ai/providers.yaml' } },
    note: 'Custom providers are switched on in Raycast’s settings, AI.',
    parts: (of) => [
      text('Add to providers.yaml', 'yaml', [
        'providers:',
        '  - id: headgate',
        '    name: Headgate',
        `    base_url: ${quoted(of.baseUrl)}`,
        '    api_keys:',
        `      headgate: ${quoted(keyOf(of))}`,
        '    models:',
        `      - id: ${quoted(of.model)}`,
        `        name: ${quoted(`Headgate ${of.model}`)}`,
        '        provider: headgate',
        `        context: ${of.context}`,
        '        abilities:',
        '          temperature: {supported: true}',
        '          system_message: {supported: true}',
        '          tools: {supported: true}',
      ]),
    ],
  },
  {
    id: 'open-webui',
    name: 'Open WebUI',
    group: 'app',
    callers: ['Python', 'Open WebUI'],
    files: {},
    note: 'In a container localhost is the container itself: run it with the host’s network, or let Headgate listen on the network, behind a key.',
    parts: (of) => [fields('Admin Panel → Settings → Connections → OpenAI API', { URL: of.baseUrl, Key: keyOf(of) })],
  },
  {
    id: 'opencode',
    name: 'opencode',
    group: 'terminal',
    callers: ['opencode', 'ai-sdk'],
    files: everywhere({ config: 'opencode/opencode.json' }),
    parts: (of) => [
      text('Merge into opencode.json', 'json', [
        json({
          $schema: 'https://opencode.ai/config.json',
          provider: {
            headgate: {
              npm: '@ai-sdk/openai-compatible',
              name: 'Headgate',
              options: { baseURL: of.baseUrl, apiKey: keyOf(of) },
              models: { [of.model]: { name: of.model } },
            },
          },
          model: `headgate/${of.model}`,
        }),
      ]),
    ],
  },
  {
    id: 'aider',
    name: 'Aider',
    group: 'terminal',
    callers: ['OpenAI SDK', 'litellm', 'Python'],
    files: everywhere({ home: '.aider.conf.yml' }),
    parts: (of) => [
      text('Add to .aider.conf.yml', 'yaml', [
        `model: ${quoted(`openai/${of.model}`)}`,
        `openai-api-base: ${quoted(of.baseUrl)}`,
        `openai-api-key: ${quoted(keyOf(of))}`,
      ]),
    ],
  },
  {
    id: 'qwen-code',
    name: 'Qwen Code',
    group: 'terminal',
    callers: ['QwenCode', 'OpenAI SDK'],
    files: {},
    parts: (of) => [
      text('In the terminal', 'sh', [...variables({ OPENAI_BASE_URL: of.baseUrl, OPENAI_API_KEY: keyOf(of), OPENAI_MODEL: of.model }), 'qwen']),
    ],
  },
  {
    id: 'curl',
    name: 'curl',
    group: 'terminal',
    callers: ['curl'],
    files: {},
    parts: (of) => [
      text('In the terminal', 'sh', [
        `curl ${shell(`${of.baseUrl}/chat/completions`)} \\`,
        ...(of.key === null ? [] : [`  -H ${shell(`authorization: Bearer ${of.key}`)} \\`]),
        `  -H 'content-type: application/json' \\`,
        `  -d ${shell(JSON.stringify({ model: of.model, messages: [{ role: 'user', content: 'Hello' }] }))}`,
      ]),
    ],
  },
  {
    id: 'openai-python',
    name: 'OpenAI SDK, Python',
    group: 'library',
    callers: openAiCallers,
    files: {},
    parts: (of) => [
      text('Python', 'python', [
        'from openai import OpenAI',
        '',
        `client = OpenAI(base_url=${quoted(of.baseUrl)}, api_key=${quoted(keyOf(of))})`,
        'reply = client.chat.completions.create(',
        `    model=${quoted(of.model)},`,
        '    messages=[{"role": "user", "content": "Hello"}],',
        ')',
        'print(reply.choices[0].message.content)',
      ]),
      text('Or, without a change of the code', 'sh', variables({ OPENAI_BASE_URL: of.baseUrl, OPENAI_API_KEY: keyOf(of) })),
    ],
  },
  {
    id: 'openai-js',
    name: 'OpenAI SDK, JavaScript',
    group: 'library',
    callers: openAiCallers,
    files: {},
    parts: (of) => [
      text('JavaScript', 'javascript', [
        "import OpenAI from 'openai'",
        '',
        `const client = new OpenAI({ baseURL: ${quoted(of.baseUrl)}, apiKey: ${quoted(keyOf(of))} })`,
        'const reply = await client.chat.completions.create({',
        `  model: ${quoted(of.model)},`,
        "  messages: [{ role: 'user', content: 'Hello' }],",
        '})',
        'console.log(reply.choices[0].message.content)',
      ]),
    ],
  },
  {
    id: 'ai-sdk',
    name: 'AI SDK',
    group: 'library',
    callers: ['ai', 'ai-sdk'],
    files: {},
    parts: (of) => [
      text('JavaScript', 'javascript', [
        "import { createOpenAICompatible } from '@ai-sdk/openai-compatible'",
        "import { generateText } from 'ai'",
        '',
        `const headgate = createOpenAICompatible({ name: 'headgate', baseURL: ${quoted(of.baseUrl)}, apiKey: ${quoted(keyOf(of))} })`,
        `const { text } = await generateText({ model: headgate(${quoted(of.model)}), prompt: 'Hello' })`,
        'console.log(text)',
      ]),
    ],
  },
  {
    id: 'langchain',
    name: 'LangChain, Python',
    group: 'library',
    callers: openAiCallers,
    files: {},
    parts: (of) => [
      text('Python', 'python', [
        'from langchain_openai import ChatOpenAI',
        '',
        `model = ChatOpenAI(base_url=${quoted(of.baseUrl)}, api_key=${quoted(keyOf(of))}, model=${quoted(of.model)})`,
        'print(model.invoke("Hello").content)',
      ]),
    ],
  },
]

/** Tools that people look for here, and why they are not there yet. */
export const otherTools: readonly { readonly name: string; readonly why: string }[] = [
  { name: 'Claude Code', why: 'It speaks Messages, which comes later.' },
  { name: 'Codex', why: 'It speaks Responses, which comes later.' },
  { name: 'Gemini CLI', why: 'It speaks Gemini’s own API, which comes later.' },
  { name: 'Cursor', why: 'Its servers make the calls, and they cannot reach this machine.' },
]
