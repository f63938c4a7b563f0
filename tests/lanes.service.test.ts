import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TillResponse } from '#protocol/lane.ts'
import { startVafa } from '#simulators/process/watched-process.ts'
import type { TillClient } from '#simulators/till/till-client.ts'
import { type Chain, creditAccount, makeChain, openSale, presentMember, signUp } from './chain.ts'

const vafa = fileURLToPath(new URL('../cli/vafa.js', import.meta.url))
const mobile = '09123456789'
let chain: Chain
let till: TillClient
let memberid: string

const result = async (answer: Promise<TillResponse>) => {
  const found = await answer
  if (found.op !== 'result') throw new Error(JSON.stringify(found))
  return found
}
const creditOf = ({ balances }: { balances: readonly { unit: string; available: number }[] }) =>
  balances.find(({ unit }) => unit === 'credit')?.available

/** Sells for the member who stands here, or for nobody. */
async function sell(total: number, tillreceipt: string) {
  const quote = await openSale(till, total, tillreceipt)
  const { saleid, payable } = quote
  const tenders = [{ kind: 'cash' as const, amount: payable }]
  return { ...(await result(till.request({ op: 'complete', saleid, tenders }, { until: 'result' }))), saleid }
}

beforeAll(async () => {
  chain = await makeChain({ lane: { receipt: { via: 'till' }, budgetMs: 15_000 } })
  await chain.start('club')
  await chain.start('gateway')
  till = await chain.till()
  memberid = await signUp(till, mobile)
})
afterAll(() => chain.close())

it('a member pays a part of a purchase from credit, and the ledger says so', async () => {
  await presentMember(till, mobile)
  expect(creditOf(await sell(1_000_000, 'R-1'))).toBe(95_000)

  await presentMember(till, mobile)
  const { saleid } = await openSale(till, 400_000, 'R-2')
  const quote = await till.request({ op: 'redeem', saleid, amount: 50_000 })
  expect(quote).toMatchObject({ op: 'quote', saleid, redeemed: 50_000, payable: 350_000 })
  const tenders = [{ kind: 'card' as const, amount: 350_000 }]
  const done = await result(till.request({ op: 'complete', saleid, tenders }, { until: 'result' }))
  expect(creditOf(done)).toBe(95_000 - 50_000 + 35_000)
  expect(chain.books().accounts.get(creditAccount(memberid))).toBe(80_000)
})

it('credit that is given back before payment is the member’s again', async () => {
  await presentMember(till, mobile)
  const { saleid } = await openSale(till, 400_000, 'R-3')
  await till.request({ op: 'redeem', saleid, amount: 50_000 })
  expect(await till.request({ op: 'redeem', saleid, amount: 0 })).toMatchObject({ op: 'quote', payable: 400_000 })
  expect(await till.request({ op: 'redeem', saleid, amount: 80_000 })).toMatchObject({ op: 'quote', redeemed: 80_000 })
  expect(await till.request({ op: 'cancel', saleid })).toMatchObject({ op: 'cancelled' })
  await presentMember(till, mobile)
  const again = await openSale(till, 400_000, 'R-4')
  expect(await till.request({ op: 'redeem', saleid: again.saleid, amount: 80_000 })).toMatchObject({ redeemed: 80_000 })
  await till.request({ op: 'cancel', saleid: again.saleid })
})

it('more than there is is refused in the club’s words', async () => {
  await presentMember(till, mobile)
  const { saleid } = await openSale(till, 400_000, 'R-5')
  expect(await till.request({ op: 'redeem', saleid, amount: 80_001 })).toMatchObject({
    op: 'error',
    error: { key: 'credit.insufficient', detail: { en: 'Redeem a smaller amount.' } },
  })
  expect(await till.request({ op: 'redeem', saleid, amount: 300_000, capture: 'up-to' })).toMatchObject({ redeemed: 80_000 })
  await till.request({ op: 'cancel', saleid })
})

it('what is brought back takes its share of the credit with it, once', async () => {
  await presentMember(till, mobile)
  const { saleid, receipt } = await sell(200_000, 'R-6')
  const returnid = '01900000-0000-7000-8000-0000000000f1'
  const back = { op: 'return' as const, returnid, reference: receipt?.reference ?? '', lines: [], amount: 100_000 }
  const first = await result(till.request(back, { until: 'result' }))
  expect(first).toMatchObject({ status: 'accepted', effects: [{ kind: 'credit-revoked', amount: 10_000 }] })
  expect(creditOf(first)).toBe(90_000)
  const repeated = await result(till.request(back, { until: 'result' }))
  expect(creditOf(repeated)).toBe(90_000)
  expect(await till.request({ op: 'look-up', reference: saleid })).toMatchObject({ op: 'error', error: { key: 'sale.unknown' } })
  const { reference } = back
  expect(await till.request({ op: 'look-up', reference: 'R-6' })).toMatchObject({ op: 'sale', receipt: { reference } })
})

it('a sale that nobody’s card was shown for is claimed by its receipt', async () => {
  const { receipt } = await sell(300_000, 'R-7')
  await presentMember(till, mobile)
  const claimed = await result(till.request({ op: 'claim', reference: receipt?.reference ?? '' }, { until: 'result' }))
  expect(creditOf(claimed)).toBe(90_000 + 30_000)
  await till.request({ op: 'cancel' })
})

it('a new card for a known mobile is the same member’s', async () => {
  const card = { kind: 'barcode' as const, value: '9000000000017' }
  const enrolled = await result(
    till.request({ op: 'enrol', credentials: [card], profile: { mobile: '+989123456789' }, consents: [] }, { until: 'result' }),
  )
  expect(enrolled.member?.memberid).toBe(memberid)
  expect(await till.request({ op: 'present', credential: card })).toMatchObject({ op: 'member', member: { memberid } })
  await till.request({ op: 'cancel' })
})

it('a sale that was paid without a question is booked once, with whoever worked there', async () => {
  await till.request({ op: 'sign-on', operator: 'مینا', shift: 'morning' })
  const saleid = '01900000-0000-8000-8000-0000000000f2'
  const record = {
    op: 'record' as const,
    saleid,
    originalid: 's1/terminal-1/7/123/1122101530',
    credential: { kind: 'phone' as const, value: mobile },
    sale: { tillreceipt: 'T-1', total: 100_000, lines: [] },
    advice: {
      applied: [],
      effects: [{ kind: 'credit' as const, ruleid: 'base', desired: 10_000, granted: 10_000, currency: 'IRR' }],
    },
  }
  const first = await result(till.request(record, { until: 'result' }))
  expect(creditOf(first)).toBe(130_000)
  expect(await till.request(record)).toMatchObject({ op: 'completed', saleid })
  const { sales, accounts } = chain.books()
  expect(sales.filter((one) => one.saleid === saleid)).toHaveLength(1)
  expect(accounts.get(creditAccount(memberid))).toBe(130_000)
  expect(JSON.stringify(first.receipt)).toContain('مینا')
})

it('a reversal that overtakes its sale leaves nothing of it', async () => {
  const saleid = '01900000-0000-8000-8000-0000000000f3'
  expect(await result(till.request({ op: 'reverse', saleid, reason: 'terminal' }, { until: 'result' }))).toMatchObject({
    status: 'pending-original',
  })
  expect(await till.request({ op: 'record', saleid, sale: { tillreceipt: 'T-2', total: 100_000, lines: [] } })).toMatchObject({
    op: 'error',
    error: { key: 'sale.undone' },
  })
})

it('the day is closed with what box and club both have', async () => {
  const totals = await till.request({ op: 'totals' })
  expect(totals).toMatchObject({
    op: 'totals',
    sales: 5,
    total: 2_000_000,
    discount: 50_000,
    reversed: 0,
    redeemed: 50_000,
    returned: 1,
  })
  const closed = await result(till.request({ op: 'close-day' }, { until: 'result' }))
  expect(JSON.stringify(closed.receipt)).toContain('Agrees with the club’s books')
})

it('a technician tries it from the command line', async () => {
  // Not `spawnSync`: the line between box and club goes through this process.
  const sim = async (...given: string[]) => {
    const child = startVafa(['sim', ...given, '-c', chain.gatewayConfig, '--language', 'en'])
    const status = await child.ended
    return { status, said: child.output() }
  }
  const sold = await sim('book', '--amount', '100000')
  expect(sold).toEqual({ status: 0, said: expect.stringContaining('Club receipt') })
  const reference = /[0-9A-Z]{5}-[0-9A-Z]{5}/.exec(sold.said)?.[0] ?? ''
  expect((await sim('claim', reference, '--phone', mobile)).said).toContain('result: accepted')
  expect((await sim('return', reference, '--amount', '100000')).said).toContain('Return receipt')
  expect((await sim('look-up', 'no-such')).said).toContain('This sale was not found')
  const sale = await sim('sale', '--amount', '400000', '--phone', mobile, '--redeem', '50000')
  expect(sale.said).toContain('from credit 50,000, payable 350,000')
})

it('who tries one number after the other soon learns nothing, and the lane sells on', async () => {
  const answers: string[] = []
  for (let n = 0; n < 24; n += 1) {
    const value = `0935${1_000_000 + n}`
    const answer = await till.request({ op: 'present', credential: { kind: 'phone', value } })
    answers.push(answer.op === 'error' ? answer.error.key : answer.op)
    await till.request({ op: 'cancel' })
  }
  // Twenty a minute, those of the tests before included.
  const learned = answers.indexOf('credential.too-many')
  expect(learned).toBeGreaterThan(10)
  expect(learned).toBeLessThanOrEqual(20)
  expect(answers).toEqual(answers.map((_, n) => (n < learned ? 'credential.unknown' : 'credential.too-many')))
  expect((await till.request({ op: 'present', credential: { kind: 'phone', value: mobile } })).op).toBe('error')
  expect(await sell(100_000, 'R-8')).toMatchObject({ status: 'accepted' })
})

it('and in the end the books are whole', () => {
  const { status, stdout } = spawnSync(process.execPath, [vafa, 'club', 'audit', '-c', chain.clubConfig], { encoding: 'utf8' })
  expect([status, stdout]).toEqual([0, expect.stringContaining('ok: the chain is whole')])
  const { holds, accounts } = chain.books()
  const ends = [...holds.values()].map((transfers) => transfers.map(({ kind }) => kind))
  expect(ends).toEqual([['credit-held'], ...Array.from({ length: 4 }, () => ['credit-held', 'hold-released']), ['credit-held']])
  expect(accounts.get(`member:${memberid}:held`)).toBe(0)
})
