import type { TillResponse } from '#protocol/lane.ts'
import { share } from '#protocol/money.ts'
import { proportionalSetSize } from '#simulators/process/memory.ts'
import type { WatchedProcess } from '#simulators/process/watched-process.ts'
import type { TillClient } from '#simulators/till/till-client.ts'
import { type Books, type Chain, creditAccount, makeChain, openSale, presentMember, signUp } from '../chain.ts'

export interface SoakFigures {
  minutes: number
  seed: number
  salesAcknowledged: number
  salesAttempted: number
  reversalsAcknowledged: number
  provisional: number
  faults: { gatewayKilled: number; clubKilled: number; lineCut: number }
  pssMegabytes: { gatewayFirst: number; gatewayLast: number; clubFirst: number; clubLast: number }
  drainSeconds: number
  /** What the outside record and the books disagree on; empty where nothing was lost and nothing doubled. */
  differences: string[]
}

/** What customers and cashiers saw: kept outside of Vafa, in this process only. */
interface OutsideRecord {
  attempted: Map<string, { total: number; memberid: string }>
  acknowledged: Set<string>
  /** Reversals that were asked for, and those that were acknowledged. */
  reversing: Set<string>
  reversed: Set<string>
  provisional: number
}

const lanes = 4
const membersOfLane = 3

/** A generator of chance from a seed (mulberry32): the same seed asks for the same faults in the same order. */
function chance(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * Four lanes ring up sales and reversals for `minutes` while both daemons are killed and the line is cut at random;
 * then everything is mended, the backlog drains, and the books are held against the outside record.
 */
export async function soak({ minutes, seed }: { minutes: number; seed: number }): Promise<SoakFigures> {
  const random = chance(seed)
  const chain = await makeChain({ lanes, lane: { receipt: { via: 'till' }, budgetMs: 500 } })
  try {
    const daemons = { club: await chain.start('club'), gateway: await chain.start('gateway') }
    const record: OutsideRecord = {
      attempted: new Map(),
      acknowledged: new Set(),
      reversing: new Set(),
      reversed: new Set(),
      provisional: 0,
    }
    const members = await enrolAll(chain)
    const first = memoryOf(daemons)

    const end = performance.now() + minutes * 60_000
    const cashiers = [...members].map(([lane, mobiles]) => cashier({ chain, lane, mobiles, record, random, end }))
    const faults = await breakThings({ chain, daemons, random, end })
    await Promise.all(cashiers)
    const last = memoryOf(daemons)

    const began = performance.now()
    const books = await drained(chain, record)
    return {
      minutes,
      seed,
      salesAcknowledged: record.acknowledged.size,
      salesAttempted: record.attempted.size,
      reversalsAcknowledged: record.reversed.size,
      provisional: record.provisional,
      faults,
      pssMegabytes: { gatewayFirst: first.gateway, gatewayLast: last.gateway, clubFirst: first.club, clubLast: last.club },
      drainSeconds: Math.round((performance.now() - began) / 100) / 10,
      differences: compare(record, books),
    }
  } finally {
    await chain.close()
  }
}

async function enrolAll(chain: Chain): Promise<Map<string, { mobile: string; memberid: string }[]>> {
  const members = new Map<string, { mobile: string; memberid: string }[]>()
  for (let lane = 1; lane <= lanes; lane += 1) {
    const till = await chain.till(`lane-${lane}`)
    const some = []
    for (let n = 0; n < membersOfLane; n += 1) {
      const mobile = `0912${lane}${String(n).padStart(6, '0')}`
      some.push({ mobile, memberid: await signUp(till, mobile) })
    }
    members.set(`lane-${lane}`, some)
    await till.close()
  }
  return members
}

/** Rings up sales until the end; whatever breaks under it, it connects again and goes on with the next customer. */
async function cashier(options: {
  chain: Chain
  lane: string
  mobiles: { mobile: string; memberid: string }[]
  record: OutsideRecord
  random: () => number
  end: number
}): Promise<void> {
  const { chain, lane, mobiles, record, random, end } = options
  let till: TillClient | undefined
  for (let n = 0; performance.now() < end; n += 1) {
    const customer = mobiles[Math.floor(random() * mobiles.length)]
    if (!customer) throw new Error('no customers')
    try {
      till ??= await listening(await chain.till(lane), record)
      // Without the club the member is a token all the same: what the lane answers does not matter here.
      if (random() < 0.5) await presentMember(till, customer.mobile)
      else await till.request({ op: 'present', credential: { kind: 'phone', value: customer.mobile } })
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

async function listening(till: TillClient, record: OutsideRecord): Promise<TillClient> {
  till.onMessage((message: TillResponse) => {
    if (message.op === 'completed') record.acknowledged.add(message.saleid)
    if (message.op === 'reversed') record.reversed.add(message.saleid)
    if (message.op === 'result' && message.status === 'provisional') record.provisional += 1
  })
  return till
}

async function breakThings(options: {
  chain: Chain
  daemons: Record<'club' | 'gateway', WatchedProcess>
  random: () => number
  end: number
}): Promise<SoakFigures['faults']> {
  const { chain, daemons, random, end } = options
  const faults = { gatewayKilled: 0, clubKilled: 0, lineCut: 0 }
  const kill = async (name: 'club' | 'gateway') => {
    daemons[name].signal('SIGKILL')
    await daemons[name].ended
    await pause(random() * 1_500)
    daemons[name] = await chain.start(name)
  }
  while (performance.now() < end) {
    await pause(2_000 + random() * 6_000)
    const which = random()
    if (which < 0.35) {
      faults.gatewayKilled += 1
      await kill('gateway')
    } else if (which < 0.7) {
      faults.clubKilled += 1
      await kill('club')
    } else {
      faults.lineCut += 1
      chain.line.cut()
      await pause(500 + random() * 4_000)
      chain.line.restore()
    }
  }
  return faults
}

const memoryOf = (daemons: Record<'club' | 'gateway', WatchedProcess>) => ({
  club: Math.round(proportionalSetSize(daemons.club.pid) / 1e6),
  gateway: Math.round(proportionalSetSize(daemons.gateway.pid) / 1e6),
})

/** The books once they hold all that was acknowledged and no number is missing; as they are after two minutes. */
async function drained(chain: Chain, record: OutsideRecord): Promise<Books> {
  const deadline = performance.now() + 120_000
  for (;;) {
    const books = chain.books()
    const booked = new Set(books.sales.map((sale) => sale.saleid))
    const whole =
      [...record.acknowledged].every((saleid) => booked.has(saleid)) &&
      [...record.reversed].every((saleid) => books.compensated.has(saleid)) &&
      books.received.count === books.received.highest
    if (whole || performance.now() > deadline) return books
    await pause(250)
  }
}

function compare(record: OutsideRecord, books: Books): string[] {
  const differences: string[] = []
  const booked = new Map(books.sales.map((sale) => [sale.saleid, sale]))
  for (const saleid of record.acknowledged) if (!booked.has(saleid)) differences.push(`lost: sale ${saleid}`)
  if (booked.size !== books.sales.length) differences.push('a sale is booked twice')
  if (books.received.count !== books.received.highest)
    differences.push(`facts: ${books.received.count} of ${books.received.highest} numbers have come`)

  const credited = new Map<string, number>()
  const grants = new Map<string, number>()
  for (const { saleid, amount } of books.creditTransfers) {
    if (grants.has(saleid)) differences.push(`credited twice: sale ${saleid}`)
    grants.set(saleid, amount)
  }
  for (const [saleid, sale] of booked) {
    const known = record.attempted.get(saleid)
    if (!known) {
      differences.push(`nobody rang up sale ${saleid}`)
      continue
    }
    if (sale.total !== known.total) differences.push(`sale ${saleid}: ${sale.total} booked, ${known.total} rung up`)
    if (sale.memberid !== known.memberid) differences.push(`sale ${saleid}: another member, ${sale.memberid}`)
    const grant = grants.get(saleid) ?? 0
    if (grant !== share(sale.payable, 1_000) && grant !== share(sale.payable, 1_500))
      differences.push(`sale ${saleid}: ${grant} of credit for ${sale.payable}`)
    if (!books.compensated.has(saleid)) credited.set(known.memberid, (credited.get(known.memberid) ?? 0) + grant)
  }
  for (const saleid of books.compensated) if (!record.reversing.has(saleid)) differences.push(`undone by nobody: sale ${saleid}`)
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
