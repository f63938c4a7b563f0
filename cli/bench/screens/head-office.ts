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
  /** Milliseconds from the club's word to the row in the page, of the rows in the window. */
  toDom: Quantiles & { p95: number }
  /** The same of the rows further down, which the page draws after those. */
  outOfSight: Quantiles & { p95: number }
  /** The longest that the page's main thread was busy with one thing, milliseconds; 0: nothing took 50. */
  longestTask: number
  /** Processor time, in parts of one core: of the page, and of Chromium's process that draws it. */
  processor: { page: number; drawing: number }
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
    const processes = await browser.newBrowserCDPSession()
    const before = await processorOf(processes)
    const early = Math.min(60, given.seconds / 2)
    await pause(early)
    const heap = { early: await heapOf(devtools), late: 0 }
    await pause(given.seconds - early)
    const after = await processorOf(processes)
    const share = (kind: 'page' | 'drawing') => (after[kind] - before[kind]) / (after.at - before.at)
    heap.late = await heapOf(devtools)
    stop()
    const seen = (await page.evaluate('globalThis.seen')) as { inSight: number[]; outOfSight: number[]; longest: number }
    const drawn = seen.inSight.length + seen.outOfSight.length
    const [toDom, outOfSight] = [agesOf(seen.inSight), agesOf(seen.outOfSight)]
    return {
      ...given,
      drawn,
      toDom,
      outOfSight,
      longestTask: seen.longest,
      processor: { page: share('page'), drawing: share('drawing') },
      heap,
    }
  } finally {
    for (const end of endings) await end()
  }
}

function agesOf(times: readonly number[]): Quantiles & { p95: number } {
  const sorted = [...times].sort((a, b) => a - b)
  return { ...quantilesOf(times), p95: sorted[Math.floor(0.95 * sorted.length)] ?? Number.NaN }
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
    globalThis.seen = { inSight: [], outOfSight: [], longest: 0 }
    const table = document.querySelector('table.now-stores')
    const inSight = new Set([...table.querySelectorAll('tr[data-store]')].filter((row) => {
      const { top, bottom } = row.getBoundingClientRect()
      return bottom > 0 && top < innerHeight
    }))
    new MutationObserver((changes) => {
      const now = Date.now()
      for (const { target } of changes) {
        const ages = inSight.has(target) ? seen.inSight : seen.outOfSight
        if (ages.length < 1_000_000) ages.push(now - Date.parse(target.dataset.at))
      }
    }).observe(table, { subtree: true, attributes: true, attributeFilter: ['data-at'] })
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen.longest = Math.max(seen.longest, duration)
    }).observe({ type: 'longtask' })
  }`)

async function heapOf(devtools: CDPSession): Promise<number> {
  await devtools.send('HeapProfiler.collectGarbage')
  const { metrics } = await devtools.send('Performance.getMetrics')
  return metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN
}

/** Seconds that Chromium's processes of a kind have had of a processor, whatever else the machine did. */
async function processorOf(devtools: CDPSession): Promise<{ page: number; drawing: number; at: number }> {
  const { processInfo } = await devtools.send('SystemInfo.getProcessInfo')
  const sum = (kind: string) => processInfo.reduce((seconds, { type, cpuTime }) => seconds + (type === kind ? cpuTime : 0), 0)
  return { page: sum('renderer'), drawing: sum('GPU'), at: performance.now() / 1_000 }
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
