/** Which methods a path has: tells a wrong method (405 with Allow) from an unknown path (404) before anything is read. */

export interface ListedRoute {
  readonly url: string
  readonly methods: readonly string[]
}

export interface RouteTable {
  add(method: string | readonly string[], url: string): void
  /** Methods of a path as it came, without query; null = no such path. */
  methodsOf(path: string): readonly string[] | null
  /** Every route, for the test that walks them. */
  list(): readonly ListedRoute[]
}

export function createRouteTable(): RouteTable {
  const exact = new Map<string, string[]>()
  const patterns: { readonly url: string; readonly expression: RegExp; readonly methods: string[] }[] = []

  function methodsFor(url: string): string[] {
    if (!/[:*]/.test(url)) {
      const known = exact.get(url)
      if (known) return known
      const methods: string[] = []
      exact.set(url, methods)
      return methods
    }
    const known = patterns.find((pattern) => pattern.url === url)
    if (known) return known.methods
    const escaped = url
      .replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll(/:[A-Za-z]+/g, '[^/]+')
      .replaceAll('*', '.+')
    const entry = { url, expression: new RegExp(`^${escaped}$`), methods: [] as string[] }
    patterns.push(entry)
    return entry.methods
  }

  return {
    add(method, url) {
      const methods = methodsFor(url)
      for (const name of typeof method === 'string' ? [method] : method) if (!methods.includes(name)) methods.push(name)
    },
    methodsOf(path) {
      const known = exact.get(path)
      if (known) return known
      const matching = patterns.filter(({ expression }) => expression.test(path))
      return matching.length === 0 ? null : [...new Set(matching.flatMap(({ methods }) => methods))]
    },
    list: () => [...[...exact].map(([url, methods]) => ({ url, methods })), ...patterns.map(({ url, methods }) => ({ url, methods }))],
  }
}
