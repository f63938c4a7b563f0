import { benchHeadOffice } from '../bench/screens/head-office.ts'
import { benchKiosk } from '../bench/screens/kiosk.ts'

/** `vafa bench screens`: how soon a page shows what happened. Needs Debian's Chromium. */
export async function printScreens({ json, sales: taps = 200 }: { json?: boolean; sales?: number }): Promise<void> {
  const kiosk = await benchKiosk({ taps })
  const headOffice = await benchHeadOffice({ stores: 500, saidPerSecond: 2_000, seconds: 30 })
  if (json) return void process.stdout.write(`${JSON.stringify({ kiosk, headOffice })}\n`)
  const ms = (value: number) => value.toFixed(1).padStart(8)
  const row = (name: string, { p50, p95, p99, max }: { p50: number; p95: number; p99: number; max: number }) =>
    `${name.padEnd(52)}${[p50, p95, p99, max].map(ms).join('')}\n`
  const { stores, saidPerSecond, longestTask, processor } = headOffice
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`
  process.stdout.write(
    `${'milliseconds'.padEnd(52)}     p50     p95     p99     max\n` +
      row(`tap → the account in the kiosk’s DOM (${taps})`, kiosk.toDom) +
      row(`the club’s word → its row, ${stores} stores say ${saidPerSecond}/s`, headOffice.toDom) +
      row('… a row further down than the window', headOffice.outOfSight) +
      `processor of that page: ${percent(processor.page)} of a core, and ${percent(processor.drawing)} of Chromium’s drawing\n` +
      `the longest task of that page’s main thread: ${longestTask === 0 ? 'under 50' : longestTask.toFixed(0)} ms (target: 100); p95 target: 250 ms\n`,
  )
}
