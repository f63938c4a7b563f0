import type { Reader } from './questions.ts'
import type { ClearingRecord } from './store.ts'

/** What went from one store's clearing account to another's. */
export interface ClearingFlow {
  debit: string
  credit: string
  unit: string
  amount: number
}

/** `store:s1:clearing` → s1. */
const storeOf = (account: string): string => account.split(':')[1] ?? account

/** Each pair of stores once, with what is left when both directions are set off; pairs that are even are out. */
export function netOf(flows: readonly ClearingFlow[]): ClearingRecord[] {
  const nets = new Map<string, ClearingRecord>()
  for (const { debit, credit, unit, amount } of flows) {
    const [from, to] = [storeOf(debit), storeOf(credit)]
    const [first, second, signed] = from < to ? [from, to, amount] : [to, from, -amount]
    const key = `${first} ${second} ${unit}`
    const before = nets.get(key)?.amount ?? 0
    nets.set(key, { debtor: first, creditor: second, amount: before + signed, currency: unit })
  }
  return [...nets.values()]
    .filter((one) => one.amount !== 0)
    .map((one) => (one.amount > 0 ? one : { ...one, debtor: one.creditor, creditor: one.debtor, amount: -one.amount }))
    .sort((a, b) => (`${a.debtor} ${a.creditor}` < `${b.debtor} ${b.creditor}` ? -1 : 1))
}

/** What each pair of stores owes for an interval of instants, the end excluded. */
export async function clearingOf(reader: Reader, { from, to }: { from: string; to: string }): Promise<ClearingRecord[]> {
  const rows = await reader.query<ClearingFlow>(
    `SELECT debit, credit, unit, SUM(amount) AS amount FROM transfers
     WHERE kind = 'clearing' AND at >= $1 AND at < $2 GROUP BY debit, credit, unit`,
    [from, to],
  )
  return netOf(rows.map((row) => ({ ...row, amount: Number(row.amount) })))
}
