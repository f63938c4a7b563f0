import { durationMs } from '#programme/duration.ts'
import type { Programme } from '#programme/schema.ts'
import type { Desk } from './desk.ts'
import type { Member } from './member-records.ts'
import type { Sale } from './sale-records.ts'

/** A member's sales that stand, the one that was booked last first. */
export function* standingSales(desk: Desk, { lastSale }: Member): Generator<Sale> {
  for (let saleid = lastSale; saleid !== undefined; ) {
    const sale = desk.get('sale', saleid)
    if (!sale) return
    if (sale.reversedBy === undefined) yield sale
    saleid = sale.previousSale
  }
}

/** So many taps of a member are remembered: those that a late sale or a reversal may still be beside. */
const tapsKept = 10

/** When the member was there with no sale, where that counts. */
const tapsOf = (desk: Desk, { memberid }: Member): readonly string[] => desk.get('taps', memberid)?.at ?? []

export function noteTap(desk: Desk, member: Member, at: string): void {
  const { memberid } = member
  desk.put('taps', memberid, { memberid, at: [...tapsOf(desk, member), at].sort().slice(-tapsKept) })
}

/** Whether the member tapped within a visit's gap of an instant. */
export function tappedAround(desk: Desk, member: Member, { at, programme }: { at: string; programme: Programme }): boolean {
  const gap = durationMs(programme.visitGap) ?? 0
  return tapsOf(desk, member).some((one) => Math.abs(Date.parse(one) - Date.parse(at)) < gap)
}

/** When the member was seen around an instant: a backlog brings sales that are older than the last one known. */
export function nearestVisit(desk: Desk, member: Member, given: { at: string; programme: Programme }): string | undefined {
  const { at, programme } = given
  const { lastVisitAt } = member
  if (lastVisitAt === undefined || at >= lastVisitAt) return lastVisitAt
  const gap = durationMs(programme.visitGap) ?? 0
  const instant = Date.parse(at)
  const near = (seen: string) => Math.abs(Date.parse(seen) - instant) < gap
  for (const sale of standingSales(desk, member)) if (near(sale.at)) return sale.at
  return tapsOf(desk, member).find(near) ?? lastVisitAt
}

/** When the member was last there: a sale that stands, other than `saleid`, or a tap that counted. */
export function lastSeenAt(desk: Desk, member: Member, saleid: string): string | undefined {
  let last = tapsOf(desk, member).at(-1)
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
