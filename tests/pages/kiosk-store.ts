import { appendFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import type { Browser, Page } from 'playwright-core'
import { hashPin } from '#gateway/staff.ts'
import { normaliseText } from '#protocol/text.ts'
import { startCardHost } from '#simulators/card/card-host.ts'
import { cardNamed } from '#simulators/card/cards.ts'
import { whenThere } from '#simulators/devices/calling.ts'
import { startVirtualPrinter, type VirtualPrinter } from '#simulators/printer/virtual-printer.ts'
import { freePort } from '#simulators/process/free-port.ts'
import { startVafa, type WatchedProcess } from '#simulators/process/watched-process.ts'
import type { TillClient } from '#simulators/till/till-client.ts'
import { type Chain, makeChain } from '../chain.ts'
import { openWindow, startChromium } from './chromium.ts'

/** Rules of a club with something to show: tiers, stamps, points, credit that runs out, something to say at the till. */
const programme = `
id: screens
version: 1
currency: IRR
tiers:
  window: { days: 365 }
  downgrade: never
  list:
    - { id: bronze, name: { fa: برنزی, en: Bronze } }
    - { id: silver, name: { fa: نقره‌ای, en: Silver }, spend: 50000000, visits: 8 }
expiry:
  credit: { after: { days: 90 } }
rules:
  - id: everyone-10
    order: 10
    when: {}
    effects:
      - { kind: credit, basisPoints: 1000 }
      - { kind: points, name: club, per: 10000 }
  - id: new-roast
    order: 20
    when: {}
    effects:
      - kind: prompt
        audience: operator
        text:
          fa: بگویید قهوهٔ تازه‌برشته از امروز برای اعضا ۲۰٪ تخفیف دارد.
          en: Tell them that freshly roasted coffee is 20 % off for members from today.
  - id: coffee-card
    order: 30
    when: {}
    effects: [{ kind: stamps, name: coffee, of: { product: [coffee] }, freeEvery: 10 }]
`

const survey = {
  id: 'taste-1',
  question: { fa: 'از قهوهٔ امروز راضی بودید؟', en: 'How was today’s coffee?' },
  options: [
    { fa: 'عالی بود', en: 'Excellent' },
    { fa: 'خوب بود', en: 'Good' },
    { fa: 'معمولی بود', en: 'So so' },
    { fa: 'راضی نبودم', en: 'Not good' },
  ],
}

/** A club and a store whose `lane-1` is a checkout and whose `lane-2` is a kiosk, each with a page; and a browser. */
export interface KioskStore {
  readonly chain: Chain
  readonly origin: string
  readonly pin: string
  readonly browser: Browser
  readonly printer: VirtualPrinter
  readonly till: TillClient
  gateway: WatchedProcess
  /** Lays a card on the kiosk's reader; resolves when it is there. `lift` takes it away. */
  tap(card: string): Promise<{ lift(): Promise<void> }>
  /** The code that is on its way to a mobile. */
  codeFor(mobile: string): Promise<string>
  open(path: string, options?: { width?: number; height?: number; dark?: true; language?: 'fa' | 'en' }): Promise<Page>
  /** A purchase of the member with this card, from open to result. */
  buy(given: { mobile?: string; total: number; coffees?: number }): Promise<void>
  /** What members said to offers, as the club's database has it. */
  reactions(): Promise<{ offerid: string; answer: string }[]>
  close(): Promise<void>
}

/** `browser`: one that is there already, and stays. */
export async function startKioskStore(given: { browser?: Browser } = {}): Promise<KioskStore> {
  const pin = '246810'
  const port = await freePort()
  const reader = await freePort()
  const printer = await startVirtualPrinter()
  const chain = await makeChain({
    lanes: 2,
    pages: { port, survey, staffPinFile: 'secrets/staff-pin' },
    lane: (lane) => ({
      ...(lane === 'lane-2' ? { kind: 'kiosk' as const } : {}),
      page: 'loopback',
      budgetMs: 15_000,
    }),
    devices: (lane) => [
      ...(lane === 'lane-2' ? [{ device: 'reader', lane, driver: 'pcsc', options: { via: 'vpcd', port: reader } }] : []),
      {
        device: `printer-${lane}`,
        lane,
        driver: 'printer-escpos',
        options: { connection: { tcp: { host: '127.0.0.1', port: printer.port } }, width: 576 },
      },
    ],
  })
  writeFileSync(join(dirname(chain.gatewayConfig), 'secrets/staff-pin'), await hashPin(pin))
  writeFileSync(join(dirname(chain.clubConfig), 'programme.yaml'), programme)
  appendFileSync(chain.clubConfig, 'programme: programme.yaml\noffline: { everySeconds: 1, share: 0 }\n')
  await chain.start('club')
  const [gateway, cards, browser] = await Promise.all([chain.start('gateway'), startCardHost(), given.browser ?? startChromium()])
  const till = await chain.till()
  const origin = `http://127.0.0.1:${port}`
  let receipts = 0
  return {
    ...{ chain, origin, pin, browser, printer, till, gateway },
    async tap(card) {
      const laid = await whenThere(() => cards.insert(reader, cardNamed(card)))
      return { lift: async () => void (await laid.remove()) }
    },
    async codeFor(mobile) {
      const phone = startVafa(['sim', 'mobile', mobile, '--once', '-c', chain.clubConfig])
      const [, code = ''] = /: ([۰-۹\d]{5})/.exec(await phone.line(/: [۰-۹\d]{5}/)) ?? []
      await phone.ended
      return normaliseText(code)
    },
    async open(path, { width = 1080, height = 1920, dark, language: spoken } = {}) {
      const looks = { language: spoken ?? 'fa', theme: dark ? ('dark' as const) : ('light' as const), width, height }
      const page = await (await openWindow(browser, looks)).newPage()
      await page.goto(`${origin}${path}`)
      return page
    },
    async buy({ mobile, total, coffees = 0 }) {
      if (mobile !== undefined) await till.request({ op: 'present', credential: { kind: 'phone', value: mobile } })
      const sale = {
        tillreceipt: `R-${++receipts}`,
        total,
        lines:
          coffees > 0
            ? [{ product: 'coffee', quantity: coffees, amount: total }]
            : [{ product: 'tea', quantity: 1, amount: total }],
      }
      const quote = await till.request({ op: 'open', sale }, { until: 'quote' })
      if (quote.op !== 'quote') throw new Error(`no quote: ${JSON.stringify(quote)}`)
      const tenders = [{ kind: 'card' as const, amount: quote.payable }]
      const done = await till.request({ op: 'complete', saleid: quote.saleid, tenders }, { until: 'result' })
      if (done.op !== 'result') throw new Error(`not sold: ${JSON.stringify(done)}`)
    },
    async reactions() {
      const read = () => {
        const db = new Database(chain.clubDatabase, { readonly: true })
        try {
          return db.prepare<[], { offerid: string; answer: string }>('SELECT offerid, answer FROM reactions').all()
        } finally {
          db.close()
        }
      }
      return whenThere(async () => {
        const found = read()
        if (found.length === 0) throw new Error('nothing is noted yet')
        return found
      })
    },
    async close() {
      if (!given.browser) await browser.close()
      await cards.close()
      await chain.close()
      await printer.close()
    },
  }
}
