import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/** Packages and files that a module imports when it is loaded: no types, no dynamic imports. */
function loaded(file: string, seen = new Map<string, string[]>()): Map<string, string[]> {
  if (seen.has(file)) return seen
  const text = readFileSync(file, 'utf8')
  const names = [...text.matchAll(/^(?:import|export)\s+(?!type\b)[^'"]*?from\s+'([^']+)'|^import\s+'([^']+)'/gm)].map(
    (match) => match[1] ?? match[2]!,
  )
  seen.set(file, names)
  for (const name of names) if (name.startsWith('.')) loaded(resolve(dirname(file), name), seen)
  return seen
}

test('importing the engine loads no llama.cpp: the router starts fast and small', () => {
  const door = fileURLToPath(new URL('../../../router/engine/index.ts', import.meta.url))
  const modules = loaded(door)
  expect(modules.size).toBeGreaterThan(10)
  const offenders = [...modules].filter(([, names]) => names.includes('node-llama-cpp')).map(([file]) => file)
  expect(offenders).toEqual([])
  const worker = fileURLToPath(new URL('../../../router/engine/worker.ts', import.meta.url))
  expect(loaded(worker).get(worker), 'the walk would see it').toContain('node-llama-cpp')
})
