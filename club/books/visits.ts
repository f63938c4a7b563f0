import { durationMs } from '#programme/duration.ts'
import type { Programme } from '#programme/schema.ts'
import type { Desk } from './desk.ts'
import type { Member, Sale } from './records.ts'

/** A member's sales that stand, the one that was booked last first. */
export function* standingSales(desk: Desk, { lastSale }: Member): Generator<Sale> {
  for (let saleid = lastSale; saleid !== undefined; ) {
    const sale = desk.get('sale', saleid)
    if (!sale) return
    if (sale.reversedBy === undefined) yield sale
    saleid = sale.previousSale
  }
}

/** When the member was seen around an instant: a backlog brings sales that are older than the last one known. */
export function nearestVisit(desk: Desk, member: Member, given: { at: string; programme: Programme }): string | undefined {
  const { at, programme } = given
  const { lastVisitAt } = member
  if (lastVisitAt === undefined || at >= lastVisitAt) return lastVisitAt
  const gap = durationMs(programme.visitGap) ?? 0
  const instant = Date.parse(at)
  for (const sale of standingSales(desk, member)) if (Math.abs(Date.parse(sale.at) - instant) < gap) return sale.at
  return lastVisitAt
}

/** When the member last bought something that stands, other than `saleid`. */
export function lastPurchaseAt(desk: Desk, member: Member, saleid: string): string | undefined {
  let last: string | undefined
  for (const sale of standingSales(desk, member))
    if (sale.saleid !== saleid && (last === undefined || sale.at > last)) last = sale.at
  return last
}

/** The member's next sale that stands, from an instant on, other than `saleid`. */
export function nextSale(desk: Desk, member: Member, given: { at: string; saleid: string }): Sale | undefined {
  let next: Sale | undefined
  for (const sale of standingSales(desk, member))
    if (sale.saleid !== given.saleid && sale.at >= given.at && (next === undefined || sale.at < next.at)) next = sale
  return next
}
