import type { Lot } from '../ledger/lots.ts'
import type { Hold } from '../ledger/purse.ts'
import type { Reader } from './questions.ts'
import type { AuditDifference } from './store.ts'

interface MemberRow {
  memberid: string
  credit: number
  units: string
  lots: string
  holds: string | null
  lent: string | null
}

/** A lot as an account of its own; whether it was pending once says nothing about what it holds. */
const lotAccount = (account: string, { issuedBy, expiresAt }: { issuedBy: string; expiresAt?: string | null }) =>
  `${account} by ${issuedBy}${expiresAt ? ` until ${expiresAt}` : ''}`

const lentAccount = (memberid: string, store: string) => `member:${memberid}:lent to ${store}`

/**
 * Derives every balance anew from the transfers: the totals of the house and the stores, what each member has and
 * holds, and each member's lots; and from the allowances what of it is lent to boxes.
 */
export async function auditBalances(reader: Reader): Promise<AuditDifference[]> {
  const derived = await derivedSums(reader)
  const differences: AuditDifference[] = []
  const compare = (account: string, balance: number) => {
    const should = derived.get(account) ?? 0
    derived.delete(account)
    if (balance !== should) differences.push({ account, balance, derived: should })
  }
  const totals = await reader.query<{ account: string; balance: number }>('SELECT account, balance FROM totals')
  for (const { account, balance } of totals) compare(account, balance)
  const members = await reader.query<MemberRow>('SELECT memberid, credit, units, lots, holds, lent FROM members')
  for (const row of members) for (const [account, balance] of balancesIn(row)) compare(account, balance)
  // Transfers of accounts that nobody has.
  for (const [account, sum] of derived) if (sum !== 0) differences.push({ account, balance: 0, derived: sum })
  return differences
}

/** What accounts and lots of members should hold, by the transfers alone. */
async function derivedSums(reader: Reader): Promise<Map<string, number>> {
  const derived = new Map<string, number>()
  const movements = `SELECT credit AS account, amount AS change, issuedby, expiresat FROM transfers
    UNION ALL SELECT debit, -amount, issuedby, expiresat FROM transfers`
  const sums = await reader.query<{ account: string; derived: number }>(
    `SELECT account, SUM(change) AS derived FROM (${movements}) s GROUP BY account`,
  )
  for (const { account, derived: sum } of sums) derived.set(account, Number(sum))
  const lots = await reader.query<{ account: string; issuedby: string; expiresat: string | null; derived: number }>(
    `SELECT account, issuedby, expiresat, SUM(change) AS derived FROM (${movements}) s
     WHERE issuedby IS NOT NULL AND account LIKE 'member:%' AND account NOT LIKE '%:held' GROUP BY account, issuedby, expiresat`,
  )
  for (const { account, issuedby, expiresat, derived: sum } of lots)
    derived.set(lotAccount(account, { issuedBy: issuedby, expiresAt: expiresat }), Number(sum))
  const lent = await reader.query<{ owner: string; store: string; credit: number }>(
    `SELECT COALESCE(m.mergedinto, m.memberid) AS owner, a.store, SUM(a.credit) AS credit
     FROM allowances a JOIN members m ON m.memberid = a.memberid GROUP BY COALESCE(m.mergedinto, m.memberid), a.store`,
  )
  for (const { owner, store, credit } of lent) derived.set(lentAccount(owner, store), Number(credit))
  return derived
}

/** Every balance that a member's record states. */
function balancesIn({ memberid, credit, units, lots, holds, lent }: MemberRow): Map<string, number> {
  const of = (unit: string) => `member:${memberid}:${unit}`
  const stated = new Map([[of('credit'), credit]])
  const add = (account: string, amount: number) => stated.set(account, (stated.get(account) ?? 0) + amount)
  for (const [unit, balance] of Object.entries(JSON.parse(units) as Record<string, number>)) add(of(unit), balance)
  for (const lot of JSON.parse(lots) as Lot[]) add(lotAccount(of(lot.unit), lot), lot.left)
  for (const { amount } of JSON.parse(holds ?? '[]') as Hold[]) add(of('held'), amount)
  for (const [store, amount] of Object.entries(JSON.parse(lent ?? '{}') as Record<string, number>))
    add(lentAccount(memberid, store), amount)
  return stated
}
