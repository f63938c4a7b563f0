import { appendFileSync } from 'node:fs'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { readClubConfig } from '#club/config.ts'
import { openOfficeDatabase } from '#club/head-office/office-database.ts'
import { createUsers } from '#club/head-office/users.ts'
import type { Role } from '#protocol/head-office/roles.ts'
import { freePort } from '#simulators/process/free-port.ts'
import type { TillClient } from '#simulators/till/till-client.ts'
import { type Chain, makeChain } from '../chain.ts'
import { complaintsOf, type Looks, openWindow, startChromium } from './chromium.ts'

const password = 'a long enough secret'

/** A club with its pages and a store, as processes, and a browser in front of them. */
export interface Office {
  readonly chain: Chain
  readonly browser: Browser
  readonly till: TillClient
  readonly origin: string
  /** A window in which somebody is logged in, by the form; `complaints` is what the browser said against the page. */
  enter(name: string, looks: Looks): Promise<{ page: Page; context: BrowserContext; complaints: readonly string[] }>
  /** Stops the club, and starts it again after `meanwhile`. */
  restartClub(meanwhile: () => Promise<void>): Promise<void>
  close(): Promise<void>
}

export async function openOffice(
  users: Readonly<Record<string, { role: Role; title: string; stores?: string[] }>>,
): Promise<Office> {
  const chain = await makeChain({ lane: { receipt: { via: 'till' }, budgetMs: 15_000 } })
  const port = await freePort()
  appendFileSync(chain.clubConfig, `pages: { port: ${port} }\n`)
  const database = openOfficeDatabase(readClubConfig(chain.clubConfig).officeFile)
  const register = createUsers(database)
  const at = new Date().toISOString()
  for (const [name, { role, title, stores = [] }] of Object.entries(users))
    await register.add({ name, role, title, stores, password, at })
  database.close()
  const [browser, first] = await Promise.all([startChromium(), chain.start('club')])
  let club = first
  await chain.start('gateway')
  const origin = `http://127.0.0.1:${port}`
  return {
    chain,
    browser,
    origin,
    till: await chain.till(),
    async enter(name, looks) {
      const context = await openWindow(browser, looks)
      const page = await context.newPage()
      const complaints = complaintsOf(page)
      await page.goto(`${origin}/`)
      await page.locator('input[autocomplete=username]').fill(name)
      await page.locator('input[type=password]').fill(password)
      await page.locator('button[type=submit]').click()
      await page.locator('.frame').waitFor()
      return { page, context, complaints }
    },
    async restartClub(meanwhile) {
      await club.stop()
      await meanwhile()
      club = await chain.start('club')
    },
    async close() {
      await browser.close()
      await chain.close()
    },
  }
}

/** Goes to a screen by its address and waits until it has its answer. */
export async function goTo(page: Page, screen: string): Promise<void> {
  await page.goto(`${new URL(page.url()).origin}/#/${screen}`)
  await page.locator('.frame-main h1').first().waitFor()
  await page.locator('.loading').first().waitFor({ state: 'detached' })
}
