import { expect, it } from 'vitest'
import { textHash } from '../../../../router/dialects/openai-chat/text-hash.ts'

it('is 16 hexadecimal digits, whatever it is given', () => {
  for (const texts of [[], [''], ['a'], ['ä', '漢字', '😀'], ['x'.repeat(30_000)]]) expect(textHash(...texts)).toMatch(/^[0-9a-f]{16}$/)
})

it('is the same for the same texts', () => {
  expect(textHash('system', '', 'Hi')).toBe(textHash('system', '', 'Hi'))
})

it('counts where one text ends and the next begins', () => {
  const all = [[], [''], ['', ''], ['ab', 'c'], ['a', 'bc'], ['abc'], ['abc', ''], ['', 'abc'], ['abc\0'], ['abc\0\0']]
  expect(new Set(all.map((texts) => textHash(...texts))).size).toBe(all.length)
})

it('differs with every character, wherever it stands', () => {
  const text = 'The river divides at the gate. '.repeat(700)
  const seen = new Set([textHash(text)])
  for (let at = 0; at < text.length; at += 7) seen.add(textHash(`${text.slice(0, at)}!${text.slice(at + 1)}`))
  expect(seen.size).toBe(1 + Math.ceil(text.length / 7))
})

it('spreads what is nearly the same over both halves', () => {
  const hashes = Array.from({ length: 20_000 }, (_, n) => textHash('You are an assistant.', '', `Message ${n}`))
  expect(new Set(hashes).size).toBe(hashes.length)
  for (const half of [hashes.map((hash) => hash.slice(0, 8)), hashes.map((hash) => hash.slice(8))]) {
    expect(new Set(half).size).toBeGreaterThan(hashes.length - 5) // 0.05 pairs are expected by chance
    const ones = half.reduce((sum, word) => sum + (Number.parseInt(word, 16) & 1), 0)
    expect(Math.abs(ones - hashes.length / 2)).toBeLessThan(300)
  }
})
