import { spawnSync } from 'node:child_process'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ExposureReport } from '#club/store/store.ts'
import type { TillResponse } from '#protocol/lane.ts'
import { fieldsOf, receiptDocument } from '#protocol/receipt.ts'
import { startVafa, type WatchedProcess } from '#simulators/process/watched-process.ts'
import type { TillClient } from '#simulators/till/till-client.ts'
import { type Chain, creditAccount, enrolPresented, makeChain, openSale } from './chain.ts'

const vafa = fileURLToPath(new URL('../cli/vafa.js', import.meta.url))
const card = { kind: 'nfc-uid' as const, value: '04A1B2C3D4E5F6' }
const newcomersCard = { kind: 'nfc-uid' as const, value: '04A1B2C3D4E5F7' }
const mobile = { kind: 'phone' as const, value: '09123456789' }
let chain: Chain
let gateway: WatchedProcess
let till: TillClient
let memberid: string

const club = (...args: string[]): string => {
  const done = spawnSync(process.execPath, [vafa, 'club', ...args, '-c', chain.clubConfig], { encoding: 'utf8' })
  if (done.status !== 0) throw new Error(done.stderr)
  return done.stdout
}
const exposure = (): ExposureReport => JSON.parse(club('exposure', '--format', 'json')) as ExposureReport
const lent = () => chain.books().accounts.get('store:s1:allowances') ?? 0

const present = (credential: { kind: 'nfc-uid' | 'phone'; value: string } = card) => till.request({ op: 'present', credential })
async function until<T>(ask: () => T | Promise<T>, fits: (answer: T) => boolean): Promise<T> {
  const deadline = performance.now() + 25_000
  for (;;) {
    const answer = await ask()
    if (fits(answer)) return answer
    if (performance.now() > deadline) throw new Error(`it still says ${JSON.stringify(answer)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
async function pay(saleid: string, amount: number): Promise<Extract<TillResponse, { op: 'result' }>> {
  const tenders = [{ kind: 'cash' as const, amount }]
  const answer = await till.request({ op: 'complete', saleid, tenders }, { until: 'result' })
  if (answer.op !== 'result') throw new Error(JSON.stringify(answer))
  return answer
}
async function sell(total: number, receipt: string) {
  const { saleid, payable } = await openSale(till, total, receipt)
  return { ...(await pay(saleid, payable)), saleid }
}

/** Out of how many allowances the box can give, by what it has logged of each shard last. */
function allowancesAtBox(): number {
  const ofShard = new Map<number, number>()
  for (const line of gateway.output().split('\n')) {
    if (!line.includes('the club told of regulars')) continue
    const { shard, allowances } = JSON.parse(line) as { shard: number; allowances: number }
    ofShard.set(shard, allowances)
  }
  return [...ofShard.values()].reduce((sum, one) => sum + one, 0)
}

beforeAll(async () => {
  chain = await makeChain({ lane: { receipt: { via: 'till' }, budgetMs: 3_000 } })
  appendFileSync(chain.clubConfig, 'cards: stock\noffline: { everySeconds: 1, uidAtMost: 60000 }\n')
  const list = join(chain.folder, 'cards.csv')
  writeFileSync(list, `uid\n${card.value}\n${newcomersCard.value}\n`)
  await chain.start('club')
  club('cards', 'import', list)
  gateway = await chain.start('gateway')
  till = await chain.till()
  await until(present, (a) => a.op === 'error' && a.error.key === 'credential.unknown')
  memberid = await enrolPresented(till)
  await until(present, (a) => a.op === 'member')
  await sell(1_000_000, 'R-1')
  await until(lent, (amount) => amount > 0)
  await gateway.line(/"allowances":[1-9].*the club told of regulars/)
})
afterAll(async () => {
  await gateway.stop()
  await chain.close()
})

it('the club lends the store’s box a part of the member’s credit, and says what it may lose at most', async () => {
  const { boxes, total } = await until(exposure, (report) => (report.boxes[0]?.credit ?? 0) > 0)
  expect(boxes).toMatchObject([{ store: 's1', credit: lent(), over: 0 }])
  expect(total).toBe(lent() + (boxes[0]?.gifts ?? 0))
  expect(chain.books().accounts.get(creditAccount(memberid))).toBe(95_000 - lent())
  expect(club('exposure', '--language', 'fa')).toContain('بیشترین زیان ممکن باشگاه: ')
})

it('cut off, the store knows its regular, and spends out of the allowance alone', async () => {
  const before = lent()
  expect(before).toBe(23_750)
  chain.line.cut()
  const known = await until(present, (a) => a.op === 'error' || a.op === 'member')
  expect(known).toMatchObject({ op: 'member', member: { memberid, visits: 1 } })
  expect(known).toMatchObject({ balances: [{ available: 95_000, offline: before }] })
  expect(JSON.stringify(known)).toContain('آفلاین')

  const { saleid } = await openSale(till, 400_000, 'R-2')
  expect(await till.request({ op: 'redeem', saleid, amount: 30_000 })).toMatchObject({
    op: 'error',
    error: { key: 'redemption.offline' },
  })
  expect(await till.request({ op: 'redeem', saleid, amount: 20_000 })).toMatchObject({
    op: 'quote',
    redeemed: 20_000,
    payable: 380_000,
    decidedBy: 'box',
  })
  const given = await pay(saleid, 380_000)
  expect(given).toMatchObject({ status: 'provisional', effects: [{ kind: 'credit', granted: 38_000 }] })
  const slip = receiptDocument.parse(given.receipt)
  expect(slip.provisional).toBe(true)
  expect(fieldsOf(slip).get('balance-known')).toMatchObject({ amount: 75_000 })
  expect(fieldsOf(slip).get('balance-usable')).toMatchObject({ amount: 3_750 })

  // What is left of it, and no more.
  await present()
  const next = await openSale(till, 100_000, 'R-3')
  expect(await till.request({ op: 'redeem', saleid: next.saleid, amount: 10_000, capture: 'up-to' })).toMatchObject({
    redeemed: 3_750,
  })
  await till.request({ op: 'cancel', saleid: next.saleid })
})

it('back again, the club books what was given, from what it had lent, and lends anew', async () => {
  chain.line.restore()
  const books = await until(chain.books, ({ sales }) => sales.length === 2)
  expect(books.accounts.get('house:redeemed')).toBe(20_000)
  expect(books.accounts.get('house:offline-differences') ?? 0).toBe(0)
  const { boxes } = await until(exposure, (report) => report.boxes[0]?.allowances === 1 && report.boxes[0].credit > 3_750)
  expect(boxes[0]?.credit).toBe(lent())
  // All that the member has: what was earned less what was spent.
  const credit = (chain.books().accounts.get(creditAccount(memberid)) ?? 0) + lent()
  expect(credit).toBe(95_000 - 20_000 + 38_000)

  // While the club answers all of it can be spent: the box gives up what it was lent.
  await until(present, (a) => a.op === 'member' && !JSON.stringify(a).includes('آفلاین'))
  const { saleid } = await openSale(till, 400_000, 'R-3b')
  expect(await till.request({ op: 'redeem', saleid, amount: credit })).toMatchObject({ op: 'quote', redeemed: credit })
  await till.request({ op: 'cancel', saleid })
})

it('a number that anybody can say earns while the club is away, and spends nothing', async () => {
  await until(
    () => present(mobile),
    (a) => a.op === 'error' && a.error.key === 'credential.unknown',
  )
  const enrolled = await till.request(
    { op: 'enrol', credentials: [card], profile: { mobile: '+989123456789' }, consents: [] },
    { until: 'result' },
  )
  expect(enrolled).toMatchObject({ op: 'result', member: { memberid } })
  await until(
    () => present(mobile),
    (a) => a.op === 'member',
  )
  const settled = chain.books().sales.length
  chain.line.cut()
  await until(
    () => present(mobile),
    (a) => a.op === 'member' && JSON.stringify(a).includes('آفلاین'),
  )
  const { saleid } = await openSale(till, 200_000, 'R-4')
  expect(await till.request({ op: 'redeem', saleid, amount: 1_000, capture: 'up-to' })).toMatchObject({
    op: 'error',
    error: { key: 'redemption.offline' },
  })
  expect(await pay(saleid, 200_000)).toMatchObject({ status: 'provisional', effects: [{ kind: 'credit', granted: 20_000 }] })
  chain.line.restore()
  await until(chain.books, ({ sales }) => sales.length === settled + 1)
})

it('cut off, a discount that is given once is given once, also over a restart of the box, and booked as it was given', {
  timeout: 60_000,
}, async () => {
  await until(
    () => present(newcomersCard),
    (a) => a.op === 'error' && a.error.key === 'credential.unknown',
  )
  const newcomer = await enrolPresented(till)
  await until(
    () => present(newcomersCard),
    (a) => a.op === 'member' && !JSON.stringify(a).includes('آفلاین'),
  )
  await until(allowancesAtBox, (count) => count === 2)
  const { sales } = chain.books()
  chain.line.cut()
  await until(
    () => present(newcomersCard),
    (a) => a.op === 'member' && JSON.stringify(a).includes('آفلاین'),
  )
  const first = await openSale(till, 400_000, 'R-6')
  expect(first).toMatchObject({ decidedBy: 'box', discount: 20_000, payable: 380_000 })
  expect(await pay(first.saleid, 380_000)).toMatchObject({ status: 'provisional' })
  gateway.signal('SIGKILL')
  await gateway.ended

  gateway = startVafa(['gateway', '-c', chain.gatewayConfig])
  await gateway.line(/^ready:/)
  till = await chain.till()
  await until(
    () => present(newcomersCard),
    (a) => a.op === 'member',
  )
  const second = await openSale(till, 400_000, 'R-7')
  expect(second).toMatchObject({ decidedBy: 'box', discount: 0, payable: 400_000 })
  expect(await pay(second.saleid, 400_000)).toMatchObject({ status: 'provisional' })

  chain.line.restore()
  const books = await until(chain.books, (now) => now.sales.length === sales.length + 2)
  const given = books.sales.filter(({ memberid: of }) => of === newcomer).map(({ discount }) => discount)
  expect(given.sort()).toEqual([0, 20_000])
  expect(books.accounts.get('house:offline-differences') ?? 0).toBe(0)
})

it('killed while it is cut off, the box still knows what it holds for a sale, and that is spent once', async () => {
  await until(exposure, (report) => report.boxes[0]?.allowances === 2 && report.boxes[0].credit > 10_000)
  await until(present, (a) => a.op === 'member' && !JSON.stringify(a).includes('آفلاین'))
  const { accounts, sales } = chain.books()
  chain.line.cut()
  await until(present, (a) => a.op === 'member' && JSON.stringify(a).includes('آفلاین'))
  const { saleid } = await openSale(till, 300_000, 'R-5')
  expect(await till.request({ op: 'redeem', saleid, amount: 10_000 })).toMatchObject({ op: 'quote', payable: 290_000 })
  gateway.signal('SIGKILL')
  await gateway.ended

  gateway = startVafa(['gateway', '-c', chain.gatewayConfig])
  await gateway.line(/^ready:/)
  till = await chain.till()
  expect(await pay(saleid, 290_000)).toMatchObject({ status: 'provisional' })
  gateway.signal('SIGKILL')
  await gateway.ended

  chain.line.restore()
  gateway = startVafa(['gateway', '-c', chain.gatewayConfig])
  const books = await until(chain.books, (now) => now.sales.length === sales.length + 1)
  expect(books.accounts.get('house:redeemed')).toBe((accounts.get('house:redeemed') ?? 0) + 10_000)
  expect(books.accounts.get('house:offline-differences') ?? 0).toBe(0)
  await until(exposure, (report) => report.boxes[0]?.allowances === 2 && report.boxes[0].credit === lent())
  expect(club('audit')).toContain('ok: the chain is whole')
})
