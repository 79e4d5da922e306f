/** Builds the app's bundles where they are older than their sources, one build at a time for all tests. */
import { fileURLToPath } from 'node:url'
import { buildAppIfStale } from '../../router/cli/build-panel.ts'
import { alone } from '../app/built-panel.ts'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** main.js, engine-child.js and preload.cjs, which every window loads. Throws with Vite's first line. */
export const builtApp = (): Promise<void> =>
  alone(async () => {
    const problem = await buildAppIfStale()
    if (problem !== null) throw new Error(problem)
  })
