// `npm run shots [-- head-office …]`: pictures of every screen, into docs/shots/, of real processes with made-up people.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { startChromium } from '../tests/pages/chromium.ts'
import { headOfficeShots } from './shots/head-office.ts'
import { kioskShots } from './shots/kiosk.ts'
import { intoFolder, type Take } from './shots/take.ts'

const folder = fileURLToPath(new URL('../docs/shots', import.meta.url))
const groups: Readonly<Record<string, (browser: Browser, take: Take) => Promise<void>>> = {
  'head-office': headOfficeShots,
  kiosk: kioskShots,
}

execFileSync(process.execPath, [fileURLToPath(new URL('build-web.js', import.meta.url)), '--if-stale'], { stdio: 'inherit' })
const chosen = process.argv.slice(2)
const browser = await startChromium()
try {
  for (const name of chosen.length > 0 ? chosen : Object.keys(groups)) {
    const shots = groups[name]
    if (!shots) throw new Error(`there is no ${name}; there are ${Object.keys(groups).join(', ')}`)
    await shots(
      browser,
      intoFolder(`${folder}/${name}`, (line) => process.stdout.write(`${name}/${line}\n`)),
    )
  }
} finally {
  await browser.close()
}
