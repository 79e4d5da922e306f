/** The documents name what is there: every path, every link, every folder of the router on the map. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { filesBelow, root, sourcesBelow } from './source-tree.ts'

const router = sourcesBelow('router')

describe('documents', () => {
  const documents = ['ARCHITECTURE.md', 'README.md', 'CONTRIBUTING.md', ...filesBelow('docs').filter((path) => path.endsWith('.md'))]
  const textOf = (path: string) => readFileSync(join(root, path), 'utf8')

  test.each(documents)('%s names only paths that exist', (document) => {
    const named = [...textOf(document).matchAll(/`([^`\n]+)`/g)].map(([, text]) => text as string).filter(isRepositoryPath)
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })

  test.each(documents)('%s links only to what exists', (document) => {
    const links = [...textOf(document).matchAll(/(?<!!)\[[^\]]*\]\(([^)#\s]+)[^)]*\)/g)].map(([, target]) => target as string)
    const local = links.filter((target) => !/^[a-z]+:/.test(target)).map((target) => posix.join(dirname(document), target))
    expect(local.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })

  test('ARCHITECTURE.md stays readable in one sitting, and its map has every folder of the router', () => {
    const text = textOf('ARCHITECTURE.md')
    expect(text.split('\n').length).toBeLessThanOrEqual(151)
    const folders = [...new Set(router.map(({ path }) => path.split('/')).flatMap((parts) => (parts.length > 2 ? [`router/${parts[1]}/`] : [])))]
    expect(folders.filter((folder) => !text.includes(folder))).toEqual([])
  })

  /** `router/core/clock.ts`, `docs/decisions/`, `package.json`; not a pattern, a command or a path of the data folder. */
  function isRepositoryPath(text: string): boolean {
    return (
      /^(router|renderer|electron|test|docs|bench|bin|resources|tools)(\/[\w.-]+)*\/?$|^([A-Z]+\.md|(package|package-lock|biome|tsconfig)\.json)$/.test(
        text,
      ) && /[/.]/.test(text)
    )
  }
})
