/** What other routers call a provider, as a kind of ours and the address and key variable that they take for granted. */

export interface ForeignKind {
  readonly kind: string
  /** Null = the kind's own, or none. */
  readonly baseUrl: string | null
  /** Null = the kind's own variable, or none. */
  readonly keyVariable: string | null
}

const ours = (kind: string): ForeignKind => ({ kind, baseUrl: null, keyVariable: null })
const compatible = (baseUrl: string, keyVariable: string): ForeignKind => ({ kind: 'openai-compatible', baseUrl, keyVariable })
const anthropic: ForeignKind = { kind: 'anthropic', baseUrl: 'https://api.anthropic.com/v1', keyVariable: 'ANTHROPIC_API_KEY' }

const kinds: Readonly<Record<string, ForeignKind>> = {
  openai: ours('openai'),
  text_completion_openai: ours('openai'),
  ollama: ours('ollama'),
  ollama_chat: ours('ollama'),
  vllm: ours('vllm'),
  hosted_vllm: ours('vllm'),
  sglang: ours('sglang'),
  lm_studio: ours('lm-studio'),
  llamafile: ours('llama-server'),
  llama_cpp: ours('llama-server'),
  llama_cpp_python: ours('llama_cpp_python'),
  deepseek: ours('deepseek'),
  openrouter: ours('openrouter'),
  custom_openai: ours('openai-compatible'),
  openai_like: ours('openai-compatible'),
  openai_compat: ours('openai-compatible'),
  litellm_proxy: ours('openai-compatible'),
  /** HybridInference: the Llama API and what speaks like it. */
  llama: ours('openai-compatible'),
  anthropic,
  claude: anthropic,
  gemini: { kind: 'gemini', baseUrl: 'https://generativelanguage.googleapis.com/v1beta', keyVariable: 'GEMINI_API_KEY' },
  azure: { kind: 'azure', baseUrl: null, keyVariable: 'AZURE_API_KEY' },
  groq: compatible('https://api.groq.com/openai/v1', 'GROQ_API_KEY'),
  mistral: compatible('https://api.mistral.ai/v1', 'MISTRAL_API_KEY'),
  xai: compatible('https://api.x.ai/v1', 'XAI_API_KEY'),
  together_ai: compatible('https://api.together.xyz/v1', 'TOGETHERAI_API_KEY'),
  fireworks_ai: compatible('https://api.fireworks.ai/inference/v1', 'FIREWORKS_API_KEY'),
  cerebras: compatible('https://api.cerebras.ai/v1', 'CEREBRAS_API_KEY'),
  deepinfra: compatible('https://api.deepinfra.com/v1/openai', 'DEEPINFRA_API_KEY'),
  nvidia_nim: compatible('https://integrate.api.nvidia.com/v1', 'NVIDIA_NIM_API_KEY'),
  perplexity: compatible('https://api.perplexity.ai', 'PERPLEXITYAI_API_KEY'),
}

/** Providers of LiteLLM that speak nothing we do. */
const strangers: ReadonlySet<string> = new Set(
  `ai21 aleph_alpha assemblyai baseten bedrock bedrock_converse cloudflare cohere cohere_chat databricks gigachat github_copilot huggingface
  infinity jina_ai nlp_cloud palm petals predibase replicate sagemaker sagemaker_chat snowflake triton vertex_ai vertex_ai_beta voyage watsonx
  watsonx_text`.split(/\s+/),
)

/** `null` = it is no provider: a part of a name. */
export function foreignKind(name: string): ForeignKind | 'stranger' | null {
  const key = name.toLowerCase().replaceAll('-', '_')
  return Object.hasOwn(kinds, key) ? (kinds[key] as ForeignKind) : strangers.has(key) ? 'stranger' : null
}

/** The key that such a provider takes from the environment, as a variable: for its own address only, unless it has none; null = none. */
export function usualKey({ baseUrl, keyVariable }: Pick<ForeignKind, 'baseUrl' | 'keyVariable'>, written: string | null): string | null {
  if (keyVariable === null || (written !== null && baseUrl !== null && !written.startsWith(new URL(baseUrl).origin))) return null
  return `\${${keyVariable}}`
}
