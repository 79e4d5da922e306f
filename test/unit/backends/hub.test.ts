import { describe, expect, test } from 'vitest'
import { isSafePath, quantizationOf, repositoryName, revisionName } from '../../../router/backends/hub.ts'
import { hubAddress } from '../../../router/backends/model-download.ts'

describe('a quantisation', () => {
  test.each([
    ['Qwen3-8B-Q4_K_M.gguf', 'Q4_K_M'],
    ['qwen2.5-coder-7b-instruct-q5_0.gguf', 'Q5_0'],
    ['gemma-3-4b-it-UD-IQ2_XXS.gguf', 'UD-IQ2_XXS'],
    ['BF16/Qwen3-8B-BF16-00001-of-00002.gguf', 'BF16'],
    ['Q8_0/model.gguf', 'Q8_0'],
    ['gpt-oss-20b-mxfp4.gguf', 'MXFP4'],
    ['model.f16.gguf', 'F16'],
    ['Phi-4-Q6_K_L.gguf', 'Q6_K_L'],
    ['model.gguf', null],
    ['IQ-test-7B.gguf', null],
  ])('of %s is %s', (path, expected) => {
    expect(quantizationOf(path)).toBe(expected)
  })
})

describe('a path of a repository', () => {
  test.each(['a.gguf', 'x/y/A-B.GGUF', 'Qwen 3.gguf', 'ünïcode.gguf'])('%s is safe', (path) => expect(isSafePath(path)).toBe(true))
  test.each([
    '',
    'a.bin',
    '../a.gguf',
    'a/../b.gguf',
    '/a.gguf',
    'a//b.gguf',
    '.a.gguf',
    'a/.b/c.gguf',
    'a\\b.gguf',
    'C:a.gguf',
    'a\n.gguf',
    'a\0.gguf',
    `${'a'.repeat(300)}.gguf`,
  ])('%j is not', (path) => expect(isSafePath(path)).toBe(false))
})

describe('a name', () => {
  test.each(['Qwen/Qwen3-8B-GGUF', 'a/b', 'a.b/c_d-e.f'])('%s is that of a repository', (name) =>
    expect(repositoryName.safeParse(name).success).toBe(true),
  )
  test.each(['a', 'a/b/c', '../b', 'a/..', 'a/b..c', 'a/b?c', 'a/b#c', 'a b/c', 'a/%2e%2e', '/a/b', 'https://a/b', '-a/b'])('%s is not', (name) =>
    expect(repositoryName.safeParse(name).success).toBe(false),
  )
  test.each([
    ['main', true],
    ['refs/pr/1', true],
    ['../x', false],
    ['a b', false],
  ])('%s as a revision: %s', (name, isGood) => expect(revisionName.safeParse(name).success).toBe(isGood))
})

describe('the address of a hub', () => {
  test('is the usual one, which has to be public, or what a person configured, which may be anywhere', () => {
    expect(hubAddress(null)).toMatchObject({ origin: 'https://huggingface.co', trusted: [] })
    expect(hubAddress('http://10.0.0.5:8080/hub/, https://cdn.example')).toMatchObject({
      origin: 'http://10.0.0.5:8080',
      trusted: ['http://10.0.0.5:8080', 'https://cdn.example'],
    })
  })
  test.each(['hub.example', 'ftp://hub.example', 'https://me:secret@hub.example', 'javascript:1'])('%s is none', (text) =>
    expect(() => hubAddress(text)).toThrow(/^HEADGATE_HUB_URL: .* is not an http or https address\.$/),
  )
})
