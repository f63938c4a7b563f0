import type { TimelineEntry } from '#protocol/head-office/members.ts'
import type { Transfer } from '../ledger/transfers.ts'
import type { JournalledMessage, SaleRecord } from '../store/store.ts'
import { officeSaleOf } from './answers/stores.ts'

const shortTypeOf = (type: string) => type.replace(/^vafa\./, '').replace(/\.v\d+$/, '')

/** A member's messages, sales and movements of money as one life, the newest first: each movement under what caused it. */
export function timelineOf(given: {
  memberid: string
  messages: readonly JournalledMessage[]
  sales: readonly SaleRecord[]
  transfers: readonly Transfer[]
}): TimelineEntry[] {
  const byEvent = Map.groupBy(given.transfers, ({ eventid }) => eventid)
  const movedBy = (eventid: string): TimelineEntry['transfers'] => {
    const moved = byEvent.get(eventid) ?? []
    byEvent.delete(eventid)
    return moved.flatMap((one) => seenByMember(one) ?? [])
  }
  const entries: TimelineEntry[] = [
    ...given.sales.map((sale) => ({
      ...{ at: sale.at, what: 'sale.completed', store: sale.store },
      sale: officeSaleOf(sale),
      transfers: movedBy(sale.eventid),
    })),
    ...given.messages.toReversed().map(({ eventid, type, store, at, data }) => ({
      ...{ at, what: shortTypeOf(type), store, data },
      transfers: movedBy(eventid),
    })),
  ]
  for (const [eventid, [first]] of byEvent)
    if (first) entries.push({ at: first.at, what: 'transfer', store: '', transfers: movedBy(eventid) })
  return entries.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))
}

/** What a transfer added to a member's own account; what moves between others is nothing to them. */
function seenByMember({ seq, at, kind, unit, amount, ruleid, eventid, debit, credit, lot }: Transfer) {
  const [gave, got] = [debit.startsWith('member:'), credit.startsWith('member:')]
  if (gave === got) return undefined
  return {
    ...{ seq, at, kind, unit, amount: got ? amount : -amount, ruleid, eventid },
    ...(lot?.expiresAt === undefined ? {} : { expiresat: lot.expiresAt }),
  }
}
