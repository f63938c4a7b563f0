import type { Reader } from './questions.ts'
import type { AuditDifference } from './store.ts'

/** Derives every balance anew from the transfers: the totals of the house and the stores, and what each member has. */
export async function auditBalances(reader: Reader): Promise<AuditDifference[]> {
  const derived = new Map<string, number>()
  const sums = await reader.query<{ account: string; derived: number }>(
    `SELECT account, SUM(change) AS derived FROM (
       SELECT credit AS account, amount AS change FROM transfers UNION ALL SELECT debit, -amount FROM transfers) s
     GROUP BY account`,
  )
  for (const { account, derived: sum } of sums) derived.set(account, Number(sum))
  const differences: AuditDifference[] = []
  const compare = (account: string, balance: number) => {
    const should = derived.get(account) ?? 0
    derived.delete(account)
    if (balance !== should) differences.push({ account, balance, derived: should })
  }
  const totals = await reader.query<{ account: string; balance: number }>('SELECT account, balance FROM totals')
  for (const { account, balance } of totals) compare(account, balance)
  const members = await reader.query<{ memberid: string; credit: number; units: string }>(
    'SELECT memberid, credit, units FROM members',
  )
  for (const { memberid, credit, units } of members) {
    compare(`member:${memberid}:credit`, credit)
    for (const [unit, balance] of Object.entries(JSON.parse(units) as Record<string, number>))
      compare(`member:${memberid}:${unit}`, balance)
  }
  // Transfers of accounts that nobody has.
  for (const [account, sum] of derived) if (sum !== 0) differences.push({ account, balance: 0, derived: sum })
  return differences
}
