import type { PostedTransfer } from '../ledger/transfers.ts'
import { dayOf } from './civil-day.ts'
import type { Increment } from './increments.ts'

/** A transfer with what its event says of it. */
export type CountedTransfer = Pick<PostedTransfer, 'debit' | 'credit' | 'amount' | 'ruleid'> & {
  kind: string
  undoes: boolean
  at: string
}

/** What is held for a purchase, or lent to a box, is still members' credit. */
const unitOf = (account: string): string | undefined => {
  if (account.endsWith(':allowances') && account.startsWith('store:')) return 'credit'
  const unit = /^member:[^:]+:(.+)$/.exec(account)?.[1]
  return unit === 'held' ? 'credit' : unit
}

/** What one event's transfers changed of members' credit, points and stamps, and what its rules gave and took back. */
export function transferIncrements(store: string, transfers: readonly CountedTransfer[]): Increment[] {
  const increments: Increment[] = []
  const counted = new Set<string>()
  for (const { debit, credit, amount, kind, ruleid, undoes, at } of transfers) {
    const day = dayOf(at)
    const from = unitOf(debit)
    const to = unitOf(credit)
    const flow = undoes ? `${kind}-undone` : kind
    if (from !== to) {
      if (to !== undefined) increments.push({ day, store, dimension: 'balances', key: to, flow, count: 1, amount })
      if (from !== undefined) increments.push({ day, store, dimension: 'balances', key: from, flow, count: 1, amount: -amount })
    }
    const cost = costOf(kind, amount)
    if (!cost) continue
    const way = undoes ? 'taken-back' : 'given'
    // A discount can stand in two transfers, what was promised and what the box gave beyond: given once all the same.
    const count = counted.has(`${way} ${ruleid}`) ? 0 : 1
    counted.add(`${way} ${ruleid}`)
    increments.push({ day, store, dimension: 'offers', key: ruleid, flow: way, count, ...cost })
  }
  return increments
}

/** What a rule cost the club: credit as `amount`, cash off as `discount`. */
function costOf(kind: string, amount: number): { amount: number } | { discount: number } | undefined {
  if (kind === 'credit-granted') return { amount }
  return kind === 'discount-given' || kind === 'offline-difference' ? { discount: amount } : undefined
}
