/** A thousand spoiled model files: each is a model or one clear error, and the process lives on. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { seededChance } from '../../../router/core/clock.ts'
import { HeadgateError } from '../../../router/core/errors.ts'
import { checkGguf } from '../../../router/engine/gguf-check.ts'
import { encodeGguf, tinyGgufParts } from '../../fixtures/tiny-gguf.ts'

const odd = [0, 1, 0x7f, 0x80, 0xff]

test('of 1 000 mutated heads every one is answered', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-mutations-'))
  const whole = Buffer.from(encodeGguf(tinyGgufParts({ seed: 3 })))
  const headBytes = whole.indexOf(Buffer.from('output_norm.weight')) + 200
  const chance = seededChance(20_261_124)
  const below = (most: number) => Math.floor(chance() * most)
  const file = join(folder, 'm.gguf')
  let sound = 0
  const messages = new Set<string>()
  for (let round = 0; round < 1000; round++) {
    // The head alone is enough for the reader to have all of it to read, and the mutations meet something.
    const bytes = Buffer.from(whole)
    for (let change = 0; change <= below(4); change++) {
      const at = below(headBytes)
      const length = [1, 4, 8, 64][below(4)] as number
      if (chance() < 0.7) bytes.fill(odd[below(odd.length)] as number, at, Math.min(bytes.length, at + length))
      else bytes.copy(bytes, at, below(headBytes), below(headBytes) + length)
    }
    writeFileSync(file, chance() < 0.1 ? bytes.subarray(0, below(bytes.length)) : bytes)
    await checkGguf(file).then(
      () => sound++,
      (error: unknown) => {
        expect(error).toBeInstanceOf(HeadgateError)
        expect((error as HeadgateError).code).toBe('invalid_model_file')
        expect((error as Error).message).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
        messages.add((error as Error).message.replace(/\d+/g, 'n'))
      },
    )
  }
  expect(sound).toBeLessThan(900)
  expect(messages.size).toBeGreaterThan(20)
  rmSync(folder, { recursive: true, force: true })
}, 60_000)
