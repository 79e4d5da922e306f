/** Names the tool that calls without a key, from its user agent. */

const known: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^claude-cli/i, 'Claude Code'],
  [/^codex/i, 'Codex'],
  [/^zed/i, 'Zed'],
  [/^opencode/i, 'opencode'],
  [/^OpenAI\//i, 'OpenAI SDK'],
  [/^Anthropic\//i, 'Anthropic SDK'],
  [/^curl\//i, 'curl'],
  [/^Mozilla\//i, 'Browser'],
  [/^python-requests|^python-httpx|^aiohttp/i, 'Python'],
]

/** At most 40 printable characters; `unknown` where nothing is said. */
export function toolName(userAgent: string | null): string {
  if (!userAgent) return 'unknown'
  for (const [pattern, name] of known) if (pattern.test(userAgent)) return name
  const product = /^[\w.@ -]{1,40}/.exec(userAgent)?.[0].trim()
  return product || 'unknown'
}
