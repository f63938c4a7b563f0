import { benchKiosk } from '../bench/screens/kiosk.ts'

/** `vafa bench screens`: how soon a page shows what happened. Needs Debian's Chromium. */
export async function printScreens({ json, sales: taps = 200 }: { json?: boolean; sales?: number }): Promise<void> {
  const kiosk = await benchKiosk({ taps })
  if (json) return void process.stdout.write(`${JSON.stringify({ kiosk })}\n`)
  const { p50, p95, p99, max } = kiosk.toDom
  const ms = (value: number) => value.toFixed(1).padStart(8)
  process.stdout.write(
    `${'milliseconds'.padEnd(44)}     p50     p95     p99     max\n` +
      `${`tap → the account in the kiosk’s DOM (${taps})`.padEnd(44)}${ms(p50)}${ms(p95)}${ms(p99)}${ms(max)}\n`,
  )
}
