import { createRequire } from 'node:module'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import type { Language } from '#protocol/text.ts'

/** Debian's Chromium, one for a file. Root has no sandbox of its own to give. */
export const startChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--force-color-profile=srgb'] })

export interface Looks {
  language: Language
  theme: 'light' | 'dark'
  width: number
  height: number
}

/** A window of its own, as somebody has it who has chosen a language and a theme before. */
export async function openWindow(browser: Browser, { language, theme, width, height }: Looks): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce' })
  await choose(context, { language, theme })
  context.setDefaultTimeout(15_000)
  return context
}

const choose = (context: BrowserContext, looks: Pick<Looks, 'language' | 'theme'>) =>
  context.addInitScript((given) => {
    localStorage.setItem('vafa.language', given.language)
    localStorage.setItem('vafa.theme', given.theme)
  }, looks)

/** What the page's policy and its own code complained of. A login that is not there yet is no complaint. */
export function complaintsOf(page: Page): readonly string[] {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource|WebSocket connection/.test(message.text()))
      complaints.push(message.text())
  })
  return complaints
}

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

interface Violation {
  id: string
  impact: string | null
  nodes: { html: string; any: { message: string }[] }[]
}

/** The faults that axe calls serious or critical on the page as it stands, one line each. `rules`: only these; `within`: only that part. */
export async function seriousFaults(
  page: Page,
  { rules, within }: { rules?: readonly string[]; within?: string } = {},
): Promise<string[]> {
  // By the debugger: the policy of the page lets no foreign script in.
  if (!(await page.evaluate('typeof axe !== "undefined"'))) await page.evaluate(await sourceOf(axe))
  const options = { resultTypes: ['violations'], ...(rules ? { runOnly: rules } : {}) }
  const { violations } = await page.evaluate<{ violations: Violation[] }>(
    `axe.run(${JSON.stringify(within ?? 'html')}, ${JSON.stringify(options)})`,
  )
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id} × ${nodes.length}: ${nodes[0]?.html.slice(0, 160)} ${nodes[0]?.any[0]?.message ?? ''}`)
}

async function sourceOf(file: string): Promise<string> {
  const { readFile } = await import('node:fs/promises')
  return readFile(file, 'utf8')
}
