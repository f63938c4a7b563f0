import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { afterEach, expect, test } from 'vitest'
import type { TillClient } from '#simulators/till/till-client.ts'
import { type Books, type Chain, creditAccount, makeChain, openSale, presentMember, signUp } from '../chain.ts'

const vafa = fileURLToPath(new URL('../../cli/vafa.js', import.meta.url))
const mobile = '09123456789'
const endings: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

/** A member with 95,000 rials of credit, and a sale of 400,000 that stands quoted. */
async function quotedSale(redemptionMs: number, crashAt?: string) {
  const chain = await makeChain({ lane: { receipt: { via: 'till' }, budgetMs: 15_000, timeouts: { redemptionMs } } })
  endings.push(() => chain.close())
  await chain.start('club')
  const gateway = await chain.start('gateway', crashAt === undefined ? {} : { env: { VAFA_CRASH_AT: crashAt } })
  const till = await chain.till()
  const memberid = await signUp(till, mobile)
  await presentMember(till, mobile)
  const { saleid, payable } = await openSale(till, 1_000_000, 'R-1')
  await till.request({ op: 'complete', saleid, tenders: [{ kind: 'cash', amount: payable }] }, { until: 'result' })
  await presentMember(till, mobile)
  const quote = await openSale(till, 400_000, 'R-2')
  return { chain, gateway, till, memberid, saleid: quote.saleid }
}

const redeem = (till: TillClient, saleid: string) => till.request({ op: 'redeem', saleid, amount: 50_000 })

/** Waits until the books fit; they are written by another process, which gives no event. */
async function untilBooks(chain: Chain, fits: (books: Books) => boolean): Promise<Books> {
  const deadline = performance.now() + 20_000
  for (;;) {
    const books = chain.books()
    if (fits(books)) return books
    if (performance.now() > deadline) throw new Error(`the books never fitted: ${JSON.stringify([...books.holds])}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const kindsOf = ({ holds }: Books) => [...holds.values()].map((transfers) => transfers.map(({ kind }) => kind))

function expectWholeBooks(chain: Chain) {
  const { status, stdout } = spawnSync(process.execPath, [vafa, 'club', 'audit', '-c', chain.clubConfig], { encoding: 'utf8' })
  expect([status, stdout]).toEqual([0, expect.stringContaining('ok: the chain is whole')])
}

/** What the box has on disk of redemptions that are not over. */
function intentsOf(chain: Chain): number {
  const database = new Database(chain.gatewayConfig.replace(/gateway\.yaml$/, 'data/gateway.sqlite'), { readonly: true })
  try {
    return (database.prepare('SELECT count(*) AS n FROM redemption_intent').get() as { n: number }).n
  } finally {
    database.close()
  }
}

test('a box killed with credit held, after the till was told: the till can still complete, and it is spent once', async () => {
  const { chain, gateway, till, memberid, saleid } = await quotedSale(600_000)
  expect(await redeem(till, saleid)).toMatchObject({ op: 'quote', redeemed: 50_000, payable: 350_000 })
  gateway.signal('SIGKILL')
  await gateway.ended

  await chain.start('gateway')
  const patient = await chain.till()
  const tenders = [{ kind: 'card' as const, amount: 350_000 }]
  const done = await patient.request({ op: 'complete', saleid, tenders }, { until: 'result' })
  expect(done).toMatchObject({ op: 'result', status: 'accepted' })
  const books = await untilBooks(chain, ({ accounts }) => accounts.get(creditAccount(memberid)) === 95_000 - 50_000 + 35_000)
  expect(kindsOf(books)).toEqual([['credit-held']])
  expect(books.accounts.get(`member:${memberid}:held`)).toBe(0)
  expect(intentsOf(chain)).toBe(0)
  expectWholeBooks(chain)
})

test('a box killed with credit held for a sale that nobody completes: it goes back once', async () => {
  const { chain, gateway, till, memberid, saleid } = await quotedSale(2_000)
  await redeem(till, saleid)
  gateway.signal('SIGKILL')
  await gateway.ended
  expect(kindsOf(chain.books())).toEqual([['credit-held']])

  await chain.start('gateway')
  const books = await untilBooks(chain, (now) => kindsOf(now)[0]?.length === 2)
  expect(kindsOf(books)).toEqual([['credit-held', 'hold-released']])
  expect(books.accounts.get(creditAccount(memberid))).toBe(95_000)
  // What the till was told is no longer so: it cannot pay less than the whole.
  const late = await (await chain.till()).request({
    op: 'complete',
    saleid,
    tenders: [{ kind: 'card', amount: 350_000 }],
  })
  expect(late).toMatchObject({ op: 'error', error: { reason: 'the tenders add up to 350000, payable is 400000' } })
  expectWholeBooks(chain)
})

test('a box killed when the club has held credit and nobody was told: it goes back once', async () => {
  const { chain, gateway, till, memberid, saleid } = await quotedSale(600_000, 'gateway.on-hold')
  const told: string[] = []
  till.onMessage((message) => told.push(message.op))
  till.sendLine(JSON.stringify({ op: 'redeem', id: 'r-1', saleid, amount: 50_000 }))
  expect(await gateway.ended).toBe('SIGKILL')
  expect(kindsOf(chain.books())).toEqual([['credit-held']])
  expect(intentsOf(chain)).toBe(1)

  await chain.start('gateway')
  const books = await untilBooks(chain, (now) => kindsOf(now)[0]?.length === 2)
  expect(kindsOf(books)).toEqual([['credit-held', 'hold-released']])
  expect(books.accounts.get(creditAccount(memberid))).toBe(95_000)
  expect(intentsOf(chain)).toBe(0)
  expect(told).toEqual([])
  expectWholeBooks(chain)
})
