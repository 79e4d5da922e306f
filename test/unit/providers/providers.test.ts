import { readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { builtInProviderNames, findProvider, kindAliases, providerKinds, providerOf, providers } from '../../../router/providers/index.ts'

const folder = new URL('../../../router/providers/', import.meta.url)

test('every file of the folder is in the list, and the list has nothing else', async () => {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.ts') && name !== 'index.ts')
  const exported = await Promise.all(files.map(async (name) => Object.values((await import(new URL(name, folder).href)) as object)))
  expect(exported.every((values) => values.length === 1)).toBe(true)
  expect(new Set(exported.flat())).toEqual(new Set(providers))
  expect(providers).toHaveLength(files.length)
})

test('kinds are unique and every one of them is found', () => {
  expect(new Set(providerKinds).size).toBe(providerKinds.length)
  for (const kind of providerKinds) expect(providerOf(kind).kind).toBe(kindAliases[kind] ?? kind)
  expect(findProvider('nowhere')).toBeNull()
  expect(() => providerOf('nowhere')).toThrow('nowhere')
})

test('every base URL is in the form that a deployment uses: parsed, without a trailing slash, query or user', () => {
  for (const { defaultBaseUrl } of providers) {
    if (defaultBaseUrl === null) continue
    const url = new URL(defaultBaseUrl)
    expect(url.href).toBe(defaultBaseUrl)
    expect([url.search, url.hash, url.username, defaultBaseUrl.endsWith('/')]).toEqual(['', '', '', false])
  }
})

test('probe paths stand below the base URL or at the origin, and none of them generates', () => {
  for (const { kind, probePaths } of providers) {
    if (kind === 'engine') continue
    expect(probePaths.length).toBeGreaterThan(0)
    for (const path of probePaths) expect(path).toMatch(/^\/{1,2}[a-z]/)
    expect(probePaths.join(' ')).not.toMatch(/generate|completions/)
  }
})

test('a provider away from this machine names the variable of its key; servers on this machine need none', () => {
  for (const { defaultBaseUrl, keyVariable } of providers) {
    if (defaultBaseUrl === null) continue
    expect(keyVariable === null).toBe(new URL(defaultBaseUrl).hostname === '127.0.0.1')
  }
})

test("the seeds' names exist at the seeds' addresses", () => {
  expect(builtInProviderNames).toEqual(expect.arrayContaining(['engine', 'ollama', 'vllm', 'llama_cpp_python', 'llama_cpp_native']))
  expect(providerOf('ollama').defaultBaseUrl).toBe('http://127.0.0.1:11434/v1')
  expect(providerOf('vllm').defaultBaseUrl).toBe('http://127.0.0.1:8001/v1')
  expect(providerOf('llama_cpp_python').defaultBaseUrl).toBe('http://127.0.0.1:8000/v1')
  expect(providerOf('llama_cpp_native').kind).toBe('engine')
})
