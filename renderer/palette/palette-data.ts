/** What the palette knows besides the store: names of models and providers, asked for when it opens, kept for nothing. */
import { call } from '../api/client.ts'

export interface PaletteData {
  readonly models: readonly string[]
  readonly providers: readonly string[]
}

export const noPaletteData: PaletteData = { models: [], providers: [] }

/** What cannot be had is left out: the palette has enough without it. */
export async function fetchPaletteData(): Promise<PaletteData> {
  const [models, providers] = await Promise.all([names('models'), names('providers')])
  return { models, providers }
}

async function names(list: 'models' | 'providers'): Promise<readonly string[]> {
  try {
    const answer = await call<Readonly<Record<string, readonly { readonly name: string }[]>>>('GET', `/admin/${list}`)
    return (answer[list] ?? []).map(({ name }) => name)
  } catch {
    return []
  }
}
