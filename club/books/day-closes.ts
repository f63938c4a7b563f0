import type { Fact } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import { plainReply } from '../booking/replies.ts'
import type { SaleFact } from '../booking/sale.ts'
import { dayDisplay, dayReceipt } from '../day-receipt.ts'
import { type Booked, type Books, type Entry, SetAside, shopOf } from './context.ts'
import type { DayTotals, LaneDay } from './sale-records.ts'

export const dayKey = ({ businessdate, store, lane }: Pick<LaneDay, 'businessdate' | 'store' | 'lane'>): string =>
  `${businessdate}/${store}/${lane}`

const nothing: DayTotals = { sales: 0, total: 0, discount: 0, reversed: 0 }

/** What a sale adds to its lane's day. */
const shareOf = ({ total, applied }: SaleFact['data']): Pick<DayTotals, 'sales' | 'total' | 'discount'> => ({
  sales: 1,
  total,
  discount: applied.reduce((sum, one) => sum + one.amount, 0),
})

function laneDay({ desk }: Books, { store, lane, businessdate }: Pick<LaneDay, 'businessdate' | 'store' | 'lane'>): LaneDay {
  const day = dayKey({ store, lane, businessdate })
  return desk.get('day', day) ?? { ...nothing, day, businessdate, store, lane }
}

/** Adds a completed sale to its lane's day; where that is closed already, the reply to its close is revised. */
export function addToDay(books: Books, { store, fact }: { store: string; fact: SaleFact }): Reply[] {
  const before = laneDay(books, { store, lane: fact.subject, businessdate: fact.data.businessdate })
  const { sales, total, discount } = shareOf(fact.data)
  return keep(books, {
    ...before,
    sales: before.sales + sales,
    // A till that sends nonsense must not stop its lane: a day's figures end where exact integers do.
    total: Math.min(before.total + total, Number.MAX_SAFE_INTEGER),
    discount: Math.min(before.discount + discount, Number.MAX_SAFE_INTEGER),
  })
}

/** Counts the sale that `fact` completed as undone, on the day of the sale. */
export function undoneOnDay(books: Books, { store, fact }: { store: string; fact: SaleFact }): Reply[] {
  const before = laneDay(books, { store, lane: fact.subject, businessdate: fact.data.businessdate })
  return keep(books, { ...before, reversed: before.reversed + 1 })
}

function keep(books: Books, day: LaneDay): Reply[] {
  if (!day.till || day.closedBy === undefined) {
    books.desk.put('day', day.day, day)
    return []
  }
  const revised = { ...day, revision: (day.revision ?? 1) + 1 }
  books.desk.put('day', day.day, revised)
  return [{ ...replyToClose(books, revised), inReplyTo: day.closedBy, revision: revised.revision }]
}

function replyToClose(books: Books, day: LaneDay): Reply {
  const slip = { shop: shopOf(books, day.store), currency: books.programme.currency, day }
  return {
    ...plainReply(day.closedBy ?? '', books.programme.version),
    receipt: dayReceipt(slip),
    display: dayDisplay(slip),
  }
}

/**
 * A till's totals of a lane's business day beside the club's own. What comes later changes the club's side, and the
 * reply gets a higher revision. A day that is closed again goes by the newer close.
 */
export function bookDayClose(books: Books, { fact, arrival, effectiveAt }: Entry<Fact<'vafa.day.closed.v1'>>): Booked {
  const { businessdate, currency, sales, total, discount, reversed } = fact.data
  if (currency !== books.programme.currency)
    throw new SetAside('request.invalid', `currency: the books are kept in ${books.programme.currency}, not in ${currency}`)
  const before = laneDay(books, { store: arrival.store, lane: fact.subject, businessdate })
  const day: LaneDay = {
    ...before,
    till: { sales, total, discount, reversed },
    closedBy: fact.id,
    closedAt: effectiveAt,
    revision: 1,
  }
  books.desk.put('day', day.day, day)
  return { event: books.desk.nextEvent(), reply: replyToClose(books, day) }
}
