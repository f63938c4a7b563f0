import type { Journal } from '#agent/terminal/journal.ts'
import type { DayTotals } from '#agent/terminal/requests.ts'

/**
 * The terminal's own totals of a civil day, counted as the box counts them: by the day of the answer, before discounts;
 * a sale that was undone counts, and counts as undone. One that was cut off before its answer counts not at all: nobody
 * here knows whether it arrived.
 */
export function totalsOf(journal: Journal, day: string): DayTotals & { redeemed: number } {
  const totals = { sales: 0, total: 0, discount: 0, reversed: 0, redeemed: 0 }
  for (const { about, state } of journal) {
    if (about?.day !== day) continue
    totals.sales += 1
    totals.total += about.total
    totals.discount += about.discount
    totals.redeemed += about.redeemed
    if (state === 'undone' || state === 'undoing') totals.reversed += 1
  }
  return totals
}
