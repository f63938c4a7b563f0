import type { Measures } from '#programme/tier-of.ts'
import { proRata } from '#protocol/money.ts'

/** What a member did on one civil day (days since 1970-01-01), for tiers. */
export interface ActiveDay {
  day: number
  spend: number
  visits: number
  /** Points that were earned, by name. */
  points: Readonly<Record<string, number>>
}

/** The days with one more; what has become nothing is left out, and so are days before `from`. */
export function addActivity(days: readonly ActiveDay[], more: ActiveDay, { from }: { from: number }): ActiveDay[] {
  const merged = new Map(days.map((one) => [one.day, one]))
  const before = merged.get(more.day)
  merged.set(more.day, before ? sumOf(before, more) : more)
  return [...merged.values()]
    .filter((one) => one.day >= from && (one.spend !== 0 || one.visits !== 0 || Object.values(one.points).some((n) => n !== 0)))
    .sort((a, b) => a.day - b.day)
}

function sumOf(a: ActiveDay, b: ActiveDay): ActiveDay {
  const points: Record<string, number> = { ...a.points }
  for (const [name, amount] of Object.entries(b.points)) points[name] = (points[name] ?? 0) + amount
  return { day: a.day, spend: a.spend + b.spend, visits: a.visits + b.visits, points }
}

/** What is left of what a sale added when `value` of its price has been brought back; the visit stays. */
export const activityLeft = ({ spend, points, ...rest }: ActiveDay, value: number, total: number): ActiveDay => ({
  ...rest,
  spend: proRata(spend, total - value, total),
  points: Object.fromEntries(Object.entries(points).map(([name, amount]) => [name, proRata(amount, total - value, total)])),
})

/** What is taken away again. */
export const negated = ({ day, spend, visits, points }: ActiveDay): ActiveDay => ({
  day,
  spend: -spend,
  visits: -visits,
  points: Object.fromEntries(Object.entries(points).map(([name, amount]) => [name, -amount])),
})

/** What `a` has more than `b`, both of one day. */
export const lessOf = (a: ActiveDay, b: ActiveDay): ActiveDay => sumOf(a, negated(b))

/** The measures of a window that begins with the day `from` and ends with the day `to`. */
export function measuresIn(days: readonly ActiveDay[], { from, to }: { from: number; to: number }): Measures {
  const measures: Record<string, number> = {}
  const add = (name: string, amount: number) => {
    measures[name] = (measures[name] ?? 0) + amount
  }
  for (const { day, spend, visits, points } of days) {
    if (day < from || day > to) continue
    add('spend', spend)
    add('visits', visits)
    for (const [name, amount] of Object.entries(points)) add(`points:${name}`, amount)
  }
  return measures
}
