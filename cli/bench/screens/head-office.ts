import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mqtt, { type MqttClient } from 'mqtt'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { readClubConfig } from '#club/config.ts'
import { openOfficeDatabase } from '#club/head-office/office-database.ts'
import { createUsers } from '#club/head-office/users.ts'
import type { StoreState } from '#protocol/state.ts'
import { storeTopics } from '#protocol/topics.ts'
import { systemRuntime } from '#runtime/runtime.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { startVafa } from '#simulators/process/watched-process.ts'
import { writeFleetClub } from '../fleet/fleet-club.ts'
import { type Quantiles, quantilesOf } from '../quantiles.ts'

export interface HeadOfficeFigures {
  stores: number
  /** What boxes said, all together. */
  saidPerSecond: number
  seconds: number
  /** Rows that the page drew anew. */
  drawn: number
  /** Milliseconds from the club's word to the row in the page. */
  toDom: Quantiles & { p95: number }
  /** The longest that the page's main thread was busy with one thing, milliseconds; 0: nothing took 50. */
  longestTask: number
  /** Of the page's scripts after a collection, bytes: after a minute (or at half time), and at the end. */
  heap: { early: number; late: number }
}

const password = 'a long enough secret'

/** A real club whose stores change as fast as `saidPerSecond`, and its page in Chromium with the list of them all. */
export async function benchHeadOffice(given: {
  stores: number
  saidPerSecond: number
  seconds: number
}): Promise<HeadOfficeFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'vafa-bench-'))
  const endings: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  try {
    const fleet = await writeFleetClub({ folder: join(folder, 'club'), stores: given.stores, members: 1, line: 'plain' })
    const port = await freePort()
    appendFileSync(fleet.config, `pages: { port: ${port} }\n`)
    const database = openOfficeDatabase(readClubConfig(fleet.config).officeFile)
    await createUsers(database).add({ name: 'sara', role: 'administrator', stores: [], password, at: new Date().toISOString() })
    database.close()
    const club = startVafa(['club', '-c', fleet.config], { VAFA_LOG: 'warn' })
    endings.unshift(() => club.stop())
    await club.line(/^ready:/, 60_000)
    const boxes = await Promise.all(
      fleet.boxes.map(async ({ store, login }) => {
        const client = await mqtt.connectAsync(fleet.url, {
          clientId: store,
          protocolVersion: 4,
          ...(login as { username: string; password: string }),
        })
        endings.unshift(() => client.end(true))
        return { client, store, topic: storeTopics(fleet.club, store).state }
      }),
    )
    const { chromium } = await import('playwright-core')
    const browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox', '--enable-precise-memory-info'],
    })
    endings.unshift(() => browser.close())
    const { page, devtools } = await openPage(browser, port)
    const stop = speak(boxes, given.saidPerSecond)
    endings.unshift(stop)
    await page
      .locator(`tr[data-status=online]`)
      .nth(given.stores - 1)
      .waitFor({ timeout: 60_000 })
    await watch(page)
    const early = Math.min(60, given.seconds / 2)
    await pause(early)
    const heap = { early: await heapOf(devtools), late: 0 }
    await pause(given.seconds - early)
    heap.late = await heapOf(devtools)
    stop()
    const seen = (await page.evaluate('globalThis.seen')) as { times: number[]; longest: number }
    const sorted = [...seen.times].sort((a, b) => a - b)
    const p95 = sorted[Math.floor(0.95 * sorted.length)] ?? Number.NaN
    return { ...given, drawn: seen.times.length, toDom: { ...quantilesOf(seen.times), p95 }, longestTask: seen.longest, heap }
  } finally {
    for (const end of endings) await end()
  }
}

const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1_000))

async function openPage(browser: Browser, port: number): Promise<{ page: Page; devtools: CDPSession }> {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage()
  await page.goto(`http://127.0.0.1:${port}/`)
  await page.locator('input[autocomplete=username]').fill('sara')
  await page.locator('input[type=password]').fill(password)
  await page.locator('button[type=submit]').click()
  await page.locator('tr[data-store]').first().waitFor()
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Performance.enable')
  return { page, devtools }
}

/** The page itself notes when a row has changed, and how old the club's word then was. */
const watch = (page: Page) =>
  page.evaluate(`{
    globalThis.seen = { times: [], longest: 0 }
    new MutationObserver((changes) => {
      const now = Date.now()
      for (const { target } of changes) if (seen.times.length < 2_000_000) seen.times.push(now - Date.parse(target.dataset.at))
    }).observe(document.querySelector('table.now-stores'), { subtree: true, attributes: true, attributeFilter: ['data-at'] })
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen.longest = Math.max(seen.longest, duration)
    }).observe({ type: 'longtask' })
  }`)

async function heapOf(devtools: CDPSession): Promise<number> {
  await devtools.send('HeapProfiler.collectGarbage')
  const { metrics } = await devtools.send('Performance.getMetrics')
  return metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN
}

/** Boxes that say again and again how they stand, each time with another backlog. Returns what ends it. */
function speak(boxes: readonly { client: MqttClient; topic: string }[], perSecond: number): () => void {
  const startedat = new Date().toISOString()
  const boxids = boxes.map(() => systemRuntime.uuid())
  let said = 0
  const started = performance.now()
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - started) / 1_000) * perSecond)
    for (; said < due; said += 1) {
      const n = said % boxes.length
      const state: StoreState = {
        ...{ status: 'online', version: '0.1.0', boxid: boxids[n] ?? '', startedat, at: new Date().toISOString() },
        ...{ backlog: { count: said % 100_000, bytes: said }, sequence: said },
      }
      boxes[n]?.client.publish(boxes[n].topic, JSON.stringify(state), { qos: 0 })
    }
  }, 10)
  return () => clearInterval(timer)
}
