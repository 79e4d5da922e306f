/** Every snippet is well-formed in its own language, holds what it was given and nothing else, and no tool is listed that cannot work today. */
import { expect, test } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { otherTools, type SnippetParts, type Tool, tools } from '../../../router/control/tool-snippets.ts'

const of: SnippetParts = { baseUrl: 'http://127.0.0.1:4777/v1', key: 'hg-secret', model: 'a "b" \\ \'c\': #d', context: 65_536 }
const texts = (tool: Tool, given = of) => tool.parts(given).flatMap((part) => (part.kind === 'text' ? [part] : []))
const values = (tool: Tool, given = of) =>
  tool.parts(given).flatMap((part) => (part.kind === 'fields' ? part.fields.map(({ value }) => value) : [part.text]))

test('ids and names are unique', () => {
  for (const field of ['id', 'name'] as const) expect(new Set(tools.map((tool) => tool[field])).size).toBe(tools.length)
})

test.each(tools.map((tool) => [tool.id, tool] as const))('%s is given the address and the key, and without a key it has none of ours', (_, tool) => {
  const all = values(tool).join('\n')
  expect(all).toContain(tool.id === 'xcode' ? 'http://127.0.0.1:4777' : of.baseUrl)
  expect(all).toContain('hg-secret')
  expect(values(tool, { ...of, key: null }).join('\n')).not.toMatch(/hg-|null|undefined/)
})

const parsers: Readonly<Record<string, (text: string) => unknown>> = { json: JSON.parse, yaml: (text) => parseYaml(text) as unknown }
const parsed = tools.flatMap((tool) => texts(tool).flatMap((part) => (part.language in parsers ? [[tool.id, part] as const] : [])))

test.each(parsed)('the text of %s can be read by what reads it, and the model is in it as it is called', (_, part) => {
  const value = parsers[part.language]?.(part.text)
  const strings: string[] = []
  const walk = (each: unknown): void => {
    if (typeof each === 'string') strings.push(each)
    else if (typeof each === 'object' && each !== null) for (const [name, inner] of Object.entries(each)) strings.push(name) && walk(inner)
  }
  walk(value)
  expect(strings.some((text) => text.endsWith(of.model))).toBe(true)
  expect(strings).toContain(of.baseUrl)
})

test('the configuration of Zed and of opencode have the shape that they read', () => {
  const read = (id: string) => JSON.parse(texts(tools.find((tool) => tool.id === id) as Tool)[0]?.text ?? '')
  expect(read('zed').language_models.openai_compatible.Headgate).toMatchObject({
    api_url: of.baseUrl,
    available_models: [{ name: of.model, max_tokens: 65_536 }],
  })
  const { provider, model } = read('opencode')
  expect(provider.headgate).toMatchObject({ npm: '@ai-sdk/openai-compatible', options: { baseURL: of.baseUrl, apiKey: 'hg-secret' } })
  expect(model).toBe(`headgate/${Object.keys(provider.headgate.models)[0]}`)
})

test('what does not speak Chat Completions is said, and has no snippet', () => {
  expect(otherTools.map(({ name }) => name)).toEqual(expect.arrayContaining(['Claude Code', 'Codex', 'Cursor']))
  expect(tools.map(({ name }) => name).filter((name) => /claude|codex|cursor|gemini/i.test(name))).toEqual([])
})
