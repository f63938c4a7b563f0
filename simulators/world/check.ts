import { share } from '#protocol/money.ts'
import { referenceOf } from '#protocol/reference.ts'
import type { Database } from '#runtime/sqlite.ts'
import { timeSlackMs } from './counter.ts'
import type { OutsideRecord, Paper } from './record.ts'
import { beginning } from './time.ts'

interface BookedSale {
  saleid: string
  memberid: string | null
  total: number
  discount: number
  payable: number
  redeemed: number | null
  reversedby: string | null
}

interface Posting {
  debit: string
  credit: string
  amount: number
  kind: string
  subject: string
  compensates: number | null
  unit: string
}

/** What is left of a world when everything has settled. */
export interface Remains {
  record: OutsideRecord
  /** The club's database. */
  club: Database
  boxes: readonly { store: string; boxid: string; sequence: number; holds: number; backlog: number }[]
  /** What each box counts of that; undefined where one was ended meanwhile, which may cost it a count. */
  differences: ReadonlyMap<string, number> | undefined
  /** The printers were never in trouble: then every sale has its receipt. */
  printersWell: boolean
}

/**
 * Holds the club's database, by SQL of its own, against what people saw (docs/invariants.md). Gives what does not agree,
 * in sentences.
 */
export function checkWorld(remains: Remains): string[] {
  const { record, club, boxes } = remains
  const broken: string[] = []
  const rows = <T>(sql: string) => club.prepare(sql).all() as T[]
  const say = (text: string) => broken.push(text)

  const waiting = rows<{ n: number }>('SELECT count(*) AS n FROM redo')[0]?.n ?? 0
  if (waiting > 0) say(`${waiting} batches of the club never came to their tables`)
  const sales = new Map(
    rows<BookedSale>('SELECT saleid, memberid, total, discount, payable, redeemed, reversedby FROM sales').map((one) => [
      one.saleid,
      one,
    ]),
  )
  const transfers = rows<Posting>('SELECT debit, credit, amount, kind, subject, compensates, unit FROM transfers ORDER BY seq')

  checkSales(record, sales, say)
  checkCredit({ record, sales, transfers, rows, say })
  checkMembers({ record, sales, rows, say })
  checkLedger({ transfers, rows, say })
  checkAllowances({ record, transfers, rows, say })
  checkReturns(record, rows, say)
  checkAdvice({ remains, transfers, say })
  checkFacts({ record, boxes, rows, say })
  checkPapers(remains, say)
  return broken
}

type Say = (text: string) => void
type Rows = <T>(sql: string) => T[]

/** What was acknowledged is booked, once and as it was said; and nothing else is. */
function checkSales(record: OutsideRecord, sales: ReadonlyMap<string, BookedSale>, say: Say): void {
  for (const seen of record.sales.values()) {
    const { saleid } = seen
    const booked = sales.get(saleid)
    if (!booked) {
      if (seen.acknowledged) say(`lost: sale ${saleid} was acknowledged`)
      continue
    }
    if (!seen.paid) say(`sale ${saleid} is booked, and nobody paid it`)
    if (booked.total !== seen.total) say(`sale ${saleid}: ${booked.total} booked, ${seen.total} rung up`)
    if (booked.payable !== seen.payable || booked.discount !== seen.discount || (booked.redeemed ?? 0) !== seen.redeemed)
      say(
        `sale ${saleid}: booked ${booked.payable} paid, ${booked.discount} off, ${booked.redeemed ?? 0} from credit; the till said ${seen.payable}, ${seen.discount}, ${seen.redeemed}`,
      )
    if (seen.reversal === 'acknowledged' && booked.reversedby === null)
      say(`sale ${saleid} was undone at the till, and stands in the books`)
    if (seen.reversal === 'no' && booked.reversedby !== null) say(`sale ${saleid} was undone by nobody`)
  }
  for (const { saleid } of sales.values()) if (!record.sales.has(saleid)) say(`nobody rang up sale ${saleid}`)
}

/** Each member's credit is what the sales gave, less what was spent, by a model of its own. */
function checkCredit(options: {
  record: OutsideRecord
  sales: ReadonlyMap<string, BookedSale>
  transfers: readonly Posting[]
  rows: Rows
  say: Say
}): void {
  const { record, sales, transfers, rows, say } = options
  const returned = new Set([...record.returns.values()].map(({ saleid }) => saleid))
  const granted = new Map<string, number[]>()
  for (const { kind, subject, amount, compensates } of transfers)
    if (kind === 'credit-granted' && compensates === null) granted.set(subject, [...(granted.get(subject) ?? []), amount])
  const expected = new Map<string, number>()
  /** Whoever brought something back has a balance that this model does not know. */
  const unknown = new Set<string>()
  for (const { saleid, memberid, payable, redeemed, reversedby } of sales.values()) {
    const grants = granted.get(saleid) ?? []
    if (grants.length > 1) say(`credited ${grants.length} times: sale ${saleid}`)
    const due = memberid === null ? 0 : share(payable, 1_000)
    const undone = reversedby !== null
    if (!undone && (grants[0] ?? 0) !== due) say(`sale ${saleid}: ${grants[0] ?? 0} of credit for ${payable}`)
    if (memberid === null) continue
    if (returned.has(saleid)) unknown.add(memberid)
    if (!undone) expected.set(memberid, (expected.get(memberid) ?? 0) + due - (redeemed ?? 0))
  }
  // What an undone sale had given and somebody has spent meanwhile is the house's loss, and no member's debt.
  for (const { kind, subject, amount } of transfers) {
    const memberid = kind === 'written-off' ? sales.get(subject)?.memberid : undefined
    if (memberid) expected.set(memberid, (expected.get(memberid) ?? 0) + amount)
  }
  // What boxes may give is still the member's.
  // Whom a box or a terminal gave more than was there, the house has given it.
  for (const { debit, subject } of transfers) {
    const memberid = debit === 'house:offline-differences' ? sales.get(subject)?.memberid : undefined
    if (memberid) unknown.add(memberid)
  }
  const balances = new Map<string, number>()
  for (const { memberid, credit } of rows<{ memberid: string; credit: number }>('SELECT memberid, credit FROM allowances'))
    balances.set(memberid, (balances.get(memberid) ?? 0) + credit)
  const held = new Map<string, number>()
  const move = (account: string, change: number) => {
    const [, memberid, of] = /^member:(.+):(credit|held)$/.exec(account) ?? []
    if (memberid === undefined) return
    const which = of === 'credit' ? balances : held
    which.set(memberid, (which.get(memberid) ?? 0) + change)
  }
  for (const { debit, credit, amount } of transfers) {
    move(debit, -amount)
    move(credit, amount)
  }
  for (const [memberid, amount] of held) if (amount !== 0) say(`member ${memberid}: ${amount} is held for ever`)
  for (const memberid of new Set([...balances.keys(), ...expected.keys()]))
    if (!unknown.has(memberid) && (balances.get(memberid) ?? 0) !== (expected.get(memberid) ?? 0))
      say(`member ${memberid}: balance ${balances.get(memberid) ?? 0}, by the sales ${expected.get(memberid) ?? 0}`)
}

/** One person is one member, and a sale is its buyer's. */
function checkMembers(options: { record: OutsideRecord; sales: ReadonlyMap<string, BookedSale>; rows: Rows; say: Say }): void {
  const { record, sales, rows, say } = options
  const aliases = new Map(
    rows<{ memberid: string; standsfor: string }>('SELECT memberid, standsfor FROM member_aliases').map((one) => [
      one.memberid,
      one.standsfor,
    ]),
  )
  const members = new Set(rows<{ memberid: string }>('SELECT memberid FROM members').map(({ memberid }) => memberid))
  const memberOf = new Map<number, string>()
  for (const { memberid, customer, acknowledged } of record.enrolments.values()) {
    const real = aliases.get(memberid) ?? memberid
    if (!members.has(real)) {
      if (acknowledged) say(`lost: member ${memberid} was enrolled`)
      continue
    }
    const before = memberOf.get(customer)
    if (before !== undefined && before !== real) say(`customer ${customer} is two members: ${before}, ${real}`)
    memberOf.set(customer, real)
  }
  for (const { saleid, customer } of record.sales.values()) {
    const memberid = sales.get(saleid)?.memberid ?? undefined
    if (memberid !== undefined && (customer === undefined || memberOf.get(customer) !== memberid))
      say(`sale ${saleid} of customer ${customer} stands under member ${memberid}`)
  }
}

/** Double entry: what accounts hold is what was moved, and no redemption is left open. */
function checkLedger({ transfers, rows, say }: { transfers: readonly Posting[]; rows: Rows; say: Say }): void {
  const sums = new Map<string, number>()
  for (const { debit, credit, amount } of transfers) {
    sums.set(debit, (sums.get(debit) ?? 0) - amount)
    sums.set(credit, (sums.get(credit) ?? 0) + amount)
  }
  for (const { account, balance } of rows<{ account: string; balance: number }>('SELECT account, balance FROM totals'))
    if (balance !== (sums.get(account) ?? 0)) say(`account ${account}: ${balance}, by its transfers ${sums.get(account) ?? 0}`)
  for (const { memberid, credit } of rows<{ memberid: string; credit: number }>('SELECT memberid, credit FROM members'))
    if (credit !== (sums.get(`member:${memberid}:credit`) ?? 0))
      say(`member ${memberid} has ${credit}, by the transfers ${sums.get(`member:${memberid}:credit`) ?? 0}`)
  for (const { redemptionid } of rows<{ redemptionid: string }>("SELECT redemptionid FROM redemptions WHERE state = 'held'"))
    say(`redemption ${redemptionid} is held for ever`)
}

/** What is lent stands in the ledger, whatever was given was lent, and nothing was given after its time. */
function checkAllowances(options: { record: OutsideRecord; transfers: readonly Posting[]; rows: Rows; say: Say }): void {
  const { record, transfers, rows, say } = options
  const lent = new Map<string, number>()
  for (const { store, credit, gifts } of rows<{ store: string; credit: number; gifts: number }>(
    'SELECT store, credit, gifts FROM allowances',
  )) {
    const [credits, gift] = [`store:${store}:allowances`, `store:${store}:gift-allowances`]
    lent.set(credits, (lent.get(credits) ?? 0) + credit)
    lent.set(gift, (lent.get(gift) ?? 0) + gifts)
  }
  const sums = new Map<string, number>()
  for (const { debit, credit, amount } of transfers) {
    sums.set(debit, (sums.get(debit) ?? 0) - amount)
    sums.set(credit, (sums.get(credit) ?? 0) + amount)
  }
  for (const account of new Set([...lent.keys(), ...[...sums.keys()].filter((name) => /^store:.*allowances$/.test(name))]))
    if ((sums.get(account) ?? 0) !== (lent.get(account) ?? 0))
      say(`account ${account}: ${sums.get(account) ?? 0} is set aside, ${lent.get(account) ?? 0} is lent`)
  // Of terminals that approve by themselves nothing is lent: that is the house's risk, and booked as such.
  const differences = transfers.reduce(
    (sum, { debit, amount, subject }) =>
      debit === 'house:offline-differences' && !record.alone.has(subject) ? sum + amount : sum,
    0,
  )
  if (differences !== 0 && !record.restored) say(`boxes gave ${differences} that was not lent to them`)
  const until = new Map(
    rows<{ body: string }>("SELECT body FROM journal WHERE type = 'vafa.club.allowance-granted.v1'").map(({ body }) => {
      const { data } = JSON.parse(body) as { data: { store: string; serial: number; until: string } }
      return [`${data.store}/${data.serial}`, Date.parse(data.until) - beginning]
    }),
  )
  for (const { store, saleid, allowance } of record.facts.values()) {
    if (!allowance || saleid === undefined) continue
    const end = until.get(`${store}/${allowance.serial}`)
    if (end === undefined && !record.restored)
      say(`sale ${saleid} was given out of allowance ${store}/${allowance.serial}, which nobody granted`)
    else if (end !== undefined && (record.sales.get(saleid)?.givenAloneAt ?? 0) > end + timeSlackMs)
      say(`sale ${saleid} was given out of allowance ${store}/${allowance.serial} after its time`)
  }
}

/** Of every sale whose credit was announced otherwise than booked the store's state counts one. */
function checkAdvice({ remains, transfers, say }: { remains: Remains; transfers: readonly Posting[]; say: Say }): void {
  const { record, differences } = remains
  if (!differences) return
  const booked = new Map<string, number>()
  for (const { kind, subject, amount, compensates } of transfers)
    if (kind === 'credit-granted' && compensates === null) booked.set(subject, amount)
  const expected = new Map<string, number>()
  // What a terminal approved by itself no box announced.
  for (const { store, saleid = '', announced } of record.facts.values())
    if (announced !== undefined && !record.alone.has(saleid) && announced !== (booked.get(saleid) ?? 0))
      expected.set(store, (expected.get(store) ?? 0) + 1)
  for (const [store, counted] of differences)
    if (counted !== (expected.get(store) ?? 0))
      say(`${store} counts ${counted} differences to what it announced, the books ${expected.get(store) ?? 0}`)
}

function checkReturns(record: OutsideRecord, rows: Rows, say: Say): void {
  const booked = new Map<string, string>()
  for (const { saleid, returnids } of rows<{ saleid: string; returnids: string }>('SELECT saleid, returnids FROM sale_returns'))
    for (const returnid of JSON.parse(returnids) as string[]) {
      if (booked.has(returnid)) say(`return ${returnid} is booked twice`)
      booked.set(returnid, saleid)
    }
  for (const { returnid, saleid, acknowledged } of record.returns.values()) {
    if (acknowledged && booked.get(returnid) !== saleid) say(`lost: return ${returnid} of sale ${saleid}`)
  }
  for (const returnid of booked.keys()) if (!record.returns.has(returnid)) say(`nobody brought back ${returnid}`)
}

/** Numbers without a gap, facts of one order key in their order, and every word that the club gave kept. */
function checkFacts({ record, boxes, rows, say }: Pick<Remains, 'record' | 'boxes'> & { rows: Rows; say: Say }): void {
  const journal = rows<{ seq: number; id: string }>('SELECT seq, id FROM journal ORDER BY seq')
  const booked = new Map(journal.map(({ id, seq }) => [id, seq]))
  const aside = new Map(
    rows<{ id: string; key: string; reason: string }>('SELECT id, key, reason FROM quarantine').map((one) => [one.id, one]),
  )
  for (const [id, { type, store }] of record.facts) {
    const why = aside.get(id)
    if (why) say(`${type} of ${store} is in quarantine: ${why.reason}`)
    else if (!booked.has(id)) say(`${type} ${id} of ${store} passed the wire and is not in the journal`)
  }
  for (const key of record.replies.keys()) {
    const id = key.split('/')[0] ?? ''
    if (!booked.has(id) && !aside.has(id)) say(`the club answered ${id} and does not know it`)
  }
  const last = new Map<string, number>()
  for (const { id } of journal) {
    const fact = record.facts.get(id)
    if (!fact) continue
    const key = `${fact.boxid}/${fact.orderkey}`
    // Books from a backup meet what is new before they have asked for what they lack.
    if (fact.sequence < (last.get(key) ?? 0) && !record.restored)
      say(`${fact.type} ${id} was booked before an older fact of its order key`)
    last.set(key, fact.sequence)
  }
  const ranges = new Map(
    rows<{ store: string; boxid: string; ranges: string }>('SELECT store, boxid, ranges FROM sequences').map((one) => [
      `${one.store}/${one.boxid}`,
      JSON.parse(one.ranges) as [number, number][],
    ]),
  )
  for (const { store, boxid, sequence, holds, backlog } of boxes) {
    const received = ranges.get(`${store}/${boxid}`) ?? []
    const whole =
      sequence === 0 ? received.length === 0 : received.length === 1 && received[0]?.[0] === 1 && received[0][1] === sequence
    if (!whole) say(`the club has ${JSON.stringify(received)} of the ${sequence} facts of ${store}`)
    if (holds > 0) say(`${store} still keeps ${holds} holds`)
    if (backlog > 0) say(`${store} still has ${backlog} facts that nobody answered`)
  }
}

/** Nobody is given two receipts for one sale; only a crash between the paper and its mark on the disk may print it again. */
function checkPapers({ record, printersWell }: Remains, say: Say): void {
  const papers = Map.groupBy(record.papers, ({ document }) => `${document.reference}/${headingOf(document.blocks)}`)
  for (const [name, some] of papers)
    for (const [run, same] of Map.groupBy(some, (paper) => `${paper.store}, run ${paper.run}`))
      if (same.length > 1) say(`receipt ${name} was printed ${same.length} times (${run})`)
  if (!printersWell) return
  const printed = new Set(record.papers.map(({ document }) => document.reference))
  for (const sale of record.sales.values())
    if (sale.acknowledged && sale.lane === 'lane-1' && !printed.has(referenceOf(sale.saleid)))
      say(`sale ${sale.saleid} has no receipt`)
}

const headingOf = (blocks: Paper['document']['blocks']): string => {
  const heading = blocks.find((one) => one.kind === 'heading')
  return heading?.kind === 'heading' ? (heading.text.en ?? '') : ''
}
