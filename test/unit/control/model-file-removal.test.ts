import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isInsideFolder, removeModelFile } from '../../../router/control/model-file-removal.ts'

let root: string
let models: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'headgate-removal-'))
  models = join(root, 'models')
  mkdirSync(models)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const write = (...names: readonly string[]) => {
  for (const name of names) writeFileSync(join(models, name), name)
}

test('every part of a split model goes, and no part of one whose name begins the same', () => {
  write('qwen-00001-of-00002.gguf', 'qwen-00002-of-00002.gguf', 'qwen-00001-of-00002.gguf.verified.json')
  write('qwen-big-00001-of-00002.gguf', 'qwen-big-00002-of-00002.gguf', 'qwen-00001-of-00003.gguf', 'qwen.gguf')
  removeModelFile(models, join(models, 'qwen-00001-of-00002.gguf'))
  expect(readdirSync(models).sort()).toEqual([
    'qwen-00001-of-00003.gguf',
    'qwen-big-00001-of-00002.gguf',
    'qwen-big-00002-of-00002.gguf',
    'qwen.gguf',
  ])
})

test.each(['../far.gguf', '../models-2/far.gguf', '.', 'link/far.gguf'])('%s is outside, and stays', (way) => {
  const outside = join(root, 'models-2')
  mkdirSync(outside)
  writeFileSync(join(root, 'far.gguf'), '')
  writeFileSync(join(outside, 'far.gguf'), '')
  symlinkSync(outside, join(models, 'link'))
  const file = join(models, way)
  expect(isInsideFolder(models, file)).toBe(false)
  expect(() => removeModelFile(models, file)).toThrow(/is left where it is/)
  expect(readdirSync(outside)).toEqual(['far.gguf'])
})

test('of a link in the folder the link goes, not what it leads to', () => {
  writeFileSync(join(root, 'far.gguf'), 'whole')
  symlinkSync(join(root, 'far.gguf'), join(models, 'near.gguf'))
  removeModelFile(models, join(models, 'near.gguf'))
  expect(readdirSync(root)).toContain('far.gguf')
  expect(readdirSync(models)).toEqual([])
})
