import { share } from '#protocol/money.ts'
import type { AgentConsole } from '#simulators/console/agent-console.ts'
import type { TillClient } from '#simulators/till/till-client.ts'
import { type Books, type Chain, creditAccount, openSale, presentMember, signUp } from '../chain.ts'

/** What customers and cashiers saw: kept outside of Vafa, and all that its books are held against. */
export interface OutsideRecord {
  /** By the sale's id, of sales that a till had a quote for. */
  attempted: Map<string, { total: number; memberid: string }>
  acknowledged: Set<string>
  /** Reversals that were asked for, and those that were acknowledged. */
  reversing: Set<string>
  reversed: Set<string>
  provisional: number
  /** At a terminal a sale is known by its total, of which each has its own: for whom it was keyed in, and what was shown as sold. */
  terminal: { attempted: Map<number, string>; sold: Set<number> }
}

export const newRecord = (): OutsideRecord => ({
  attempted: new Map(),
  acknowledged: new Set(),
  reversing: new Set(),
  reversed: new Set(),
  provisional: 0,
  terminal: { attempted: new Map(), sold: new Set() },
})

export interface Customer {
  mobile: string
  memberid: string
}

/** A generator of chance from a seed (mulberry32): the same seed asks for the same faults in the same order. */
export function chance(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** Signs up some customers at each lane. */
export async function enrolAt(chain: Chain, lanes: number, each: number): Promise<Map<string, Customer[]>> {
  const customers = new Map<string, Customer[]>()
  for (let lane = 1; lane <= lanes; lane += 1) {
    const till = await chain.till(`lane-${lane}`)
    const some: Customer[] = []
    for (let n = 0; n < each; n += 1) {
      const mobile = `0912${lane}${String(n).padStart(6, '0')}`
      some.push({ mobile, memberid: await signUp(till, mobile) })
    }
    customers.set(`lane-${lane}`, some)
    await till.close()
  }
  return customers
}

/** Rings up sales until it is over; whatever breaks under it, the cashier connects again and goes on with the next customer. */
export async function cashier(options: {
  chain: Chain
  lane: string
  customers: readonly Customer[]
  record: OutsideRecord
  random: () => number
  over(): boolean
  /** How often a customer is shown until the club has answered; otherwise once. A half where it is left out. */
  insists?: number
  /** Hears each message of the lane. */
  onMessage?(): void
}): Promise<void> {
  const { chain, lane, customers, record, random, over, insists = 0.5 } = options
  let till: TillClient | undefined
  for (let n = 0; !over(); n += 1) {
    const customer = customers[Math.floor(random() * customers.length)]
    if (!customer) throw new Error('no customers')
    try {
      till ??= listening(await chain.till(lane), options)
      // Without the club the member is a token all the same: what the lane answers does not matter here.
      if (random() < insists) await presentMember(till, customer.mobile)
      else await show(till, customer.mobile)
      const total = 10_000 + Math.floor(random() * 5_000_000)
      const quote = await openSale(till, total, `${lane}-${n}`)
      record.attempted.set(quote.saleid, { total, memberid: customer.memberid })
      const done = await till.request(
        { op: 'complete', saleid: quote.saleid, tenders: [{ kind: 'cash', amount: quote.payable }] },
        { until: 'completed' },
      )
      if (done.op === 'completed' && random() < 0.1) {
        record.reversing.add(quote.saleid)
        await till.request({ op: 'reverse', saleid: quote.saleid }, { until: 'reversed' })
      }
    } catch {
      // The till's line ended, or an answer did not come: whatever was acknowledged is in the record.
      await till?.close()
      till = undefined
      await pause(100)
    }
  }
  await till?.close()
}

/** Shows a customer once; once more where another one stood here a moment ago, as the lane asks for. */
async function show(till: TillClient, mobile: string): Promise<void> {
  const present = () => till.request({ op: 'present', credential: { kind: 'phone', value: mobile } })
  const answer = await present()
  if (answer.op === 'error' && answer.error.key === 'card.second') await present()
}

function listening(till: TillClient, { record, onMessage }: { record: OutsideRecord; onMessage?(): void }): TillClient {
  till.onMessage((message) => {
    if (message.op === 'completed') record.acknowledged.add(message.saleid)
    if (message.op === 'reversed') record.reversed.add(message.saleid)
    if (message.op === 'result' && message.status === 'provisional') record.provisional += 1
    onMessage?.()
  })
  return till
}

/** One sale at a terminal, to one that shows `Amount`; throws where the terminal ends under it. */
export async function sellAtTerminal(
  agent: AgentConsole,
  { customer, total, record }: { customer: Customer; total: number; record: OutsideRecord },
): Promise<void> {
  await agent.until(/Amount +_/)
  record.terminal.attempted.set(total, customer.memberid)
  agent.press(String(total) as `${number}`, 'enter')
  await agent.until(/Customer +_/)
  agent.press(customer.mobile as `${number}`, 'enter')
  for (;;) {
    const screen = await agent.until(/cash|Has it been paid|Sold|green: next|Amount +_/)
    if (/Sold/.test(screen)) record.terminal.sold.add(total)
    if (/Amount +_/.test(screen)) return
    if (/Sold|green: next/.test(screen)) {
      agent.press('enter')
      await agent.until(/Amount +_/)
      return
    }
    // Paid in cash, also where nobody answered whether it was.
    agent.press('1')
    await agent.until(/Has it been paid/.test(screen) ? /^(?![\s\S]*Has it been paid)/ : /^(?![\s\S]*cash)/)
  }
}

/** Where the books and the record disagree; empty where nothing was lost and nothing doubled. */
export function compare(record: OutsideRecord, books: Books): string[] {
  const differences: string[] = []
  const booked = new Map(books.sales.map((sale) => [sale.saleid, sale]))
  for (const saleid of record.acknowledged) if (!booked.has(saleid)) differences.push(`lost: sale ${saleid}`)
  if (booked.size !== books.sales.length) differences.push('a sale is booked twice')
  if (books.received.count !== books.received.highest)
    differences.push(`facts: ${books.received.count} of ${books.received.highest} numbers have come`)

  const credited = new Map<string, number>()
  const grants = new Map<string, number>()
  const standingAtTerminal = new Map<number, number>()
  for (const { saleid, amount } of books.creditTransfers) {
    if (grants.has(saleid)) differences.push(`credited twice: sale ${saleid}`)
    grants.set(saleid, amount)
  }
  const { terminal } = record
  for (const [saleid, sale] of booked) {
    const keyedInFor = terminal.attempted.get(sale.total)
    const keyedIn = keyedInFor === undefined ? undefined : { total: sale.total, memberid: keyedInFor }
    const known = record.attempted.get(saleid) ?? keyedIn
    if (!known) {
      differences.push(`nobody rang up sale ${saleid}`)
      continue
    }
    const undone = books.compensated.has(saleid)
    if (known === keyedIn && !undone) standingAtTerminal.set(sale.total, (standingAtTerminal.get(sale.total) ?? 0) + 1)
    if (sale.total !== known.total) differences.push(`sale ${saleid}: ${sale.total} booked, ${known.total} rung up`)
    if (sale.memberid !== known.memberid) differences.push(`sale ${saleid}: another member, ${sale.memberid}`)
    const grant = grants.get(saleid) ?? 0
    if (grant !== share(sale.payable, 1_000) && grant !== share(sale.payable, 1_500))
      differences.push(`sale ${saleid}: ${grant} of credit for ${sale.payable}`)
    if (!undone) credited.set(known.memberid, (credited.get(known.memberid) ?? 0) + grant)
    else if (known !== keyedIn && !record.reversing.has(saleid)) differences.push(`undone by nobody: sale ${saleid}`)
  }
  for (const total of terminal.sold) if (!standingAtTerminal.has(total)) differences.push(`lost: ${total} at the terminal`)
  for (const [total, times] of standingAtTerminal) if (times > 1) differences.push(`twice: ${total} at the terminal`)
  for (const saleid of record.reversed) if (!books.compensated.has(saleid)) differences.push(`not undone: sale ${saleid}`)
  for (const { memberid } of books.members) {
    const balance = books.accounts.get(creditAccount(memberid)) ?? 0
    if (balance !== (credited.get(memberid) ?? 0))
      differences.push(`member ${memberid}: balance ${balance}, by the sales ${credited.get(memberid) ?? 0}`)
  }
  const sum = [...books.accounts.values()].reduce((a, b) => a + b, 0)
  if (sum !== 0) differences.push(`the accounts add up to ${sum}`)
  return differences
}

const giveUpMs = 120_000

/** The books once they hold all that was acknowledged and no number is missing; as they are when nothing has come for two minutes. */
export async function drained(chain: Chain, record: OutsideRecord): Promise<Books> {
  let last = { count: -1, at: 0 }
  for (;;) {
    const books = chain.books()
    const { count, highest } = books.received
    if (count !== last.count) last = { count, at: performance.now() }
    const booked = new Set(books.sales.map((sale) => sale.saleid))
    const totals = new Set(books.sales.filter(({ saleid }) => !books.compensated.has(saleid)).map(({ total }) => total))
    const whole =
      [...record.acknowledged].every((saleid) => booked.has(saleid)) &&
      [...record.reversed].every((saleid) => books.compensated.has(saleid)) &&
      [...record.terminal.sold].every((total) => totals.has(total)) &&
      count === highest
    if (whole || performance.now() - last.at > giveUpMs) return books
    await pause(250)
  }
}
