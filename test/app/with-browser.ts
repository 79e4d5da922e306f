/** One Chromium per test file; a page of its own, without motion, per test. */
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright'
import { ensureChromium } from '../ensure-chromium.ts'

export interface TestBrowser {
  /** A fresh page in a fresh context: no session, nothing remembered. Errors in the page end up in `errors`. */
  page(options?: BrowserContextOptions): Promise<Page>
  readonly errors: string[]
  /** Closes the pages, so that none keeps following the router. */
  closePages(): Promise<void>
  close(): Promise<void>
}

export async function startBrowser(): Promise<TestBrowser> {
  const browser: Browser = await chromium.launch({ executablePath: ensureChromium(), args: ['--no-sandbox'] })
  const errors: string[] = []
  return {
    errors,
    async page(options = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', ...options })
      const page = await context.newPage()
      page.on('pageerror', (error) => errors.push(error.message))
      page.setDefaultTimeout(20_000)
      return page
    },
    async closePages() {
      await Promise.all(browser.contexts().map((context) => context.close()))
    },
    close: () => browser.close(),
  }
}

/** What axe finds wrong: rule and place, one line each. */
export async function axeFindings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`))
}
