import { share } from '#protocol/money.ts'
import { dayNumber } from './civil-day.ts'
import type { Insight, Taste } from './member-insight.ts'

/** What follows from a member's insight at an instant. Days are civil; money in the smallest unit. */
export interface Scores {
  /** Since the last purchase, and since signing up; undefined before the first. */
  away: number | undefined
  membership: number
  /** Mean days between two visits, in tenths; undefined before the second. */
  interval: number | undefined
  /** Mean of what was paid for a purchase. */
  basket: number
  /** Whether the member is about to stay away for good, in basis points. */
  risk: number | undefined
  /** What the member is likely to spend in the next year. */
  lifetime: number
  /** Categories by purchases, the most bought first. */
  favourites: readonly Taste[]
  /** The store of most visits. */
  store: string | undefined
}

/** Of those who came once only nobody knows an interval: the club's usual one stands for it. */
export function scoresOf(insight: Insight, { now, usual }: { now: string; usual: number }): Scores {
  const { seen, purchases, spend, lastAt, enrolledAt, tastes } = insight
  const today = dayNumber(now)
  const away = lastAt === undefined ? undefined : Math.max(0, today - dayNumber(lastAt))
  const interval = intervalOf(insight)
  const basket = purchases === 0 ? 0 : Math.floor(spend / purchases)
  const risk = away === undefined ? undefined : riskOf(away * 10, interval ?? usual)
  const favourites = [...tastes].sort(
    (a, b) => b.purchases - a.purchases || b.amount - a.amount || (a.category < b.category ? -1 : 1),
  )
  return {
    away,
    membership: Math.max(0, today - dayNumber(enrolledAt)),
    interval,
    basket,
    risk,
    lifetime: lifetimeOf({ insight, interval: interval ?? usual, risk: risk ?? 10_000 }),
    favourites,
    store: mostFrequent(seen.map(([, store]) => store)),
  }
}

/** Mean days between visits, in tenths. */
export function intervalOf({ seen }: Insight): number | undefined {
  const [first, last] = [seen[0]?.[0], seen.at(-1)?.[0]]
  if (first === undefined || last === undefined || seen.length < 2) return undefined
  return Math.round(((dayNumber(last) - dayNumber(first)) * 10) / (seen.length - 1))
}

/**
 * Nothing until the usual interval is over, everything at four times of it, evenly in between. In basis points; both
 * arguments in tenths of a day.
 */
export function riskOf(away: number, interval: number): number {
  const usual = Math.max(10, interval)
  return Math.min(10_000, Math.max(0, Math.round(((away - usual) * 10_000) / (3 * usual))))
}

/**
 * The next year's visits at the usual interval, each at the mean spend of a visit, less the risk of losing the member.
 */
function lifetimeOf({ insight, interval, risk }: { insight: Insight; interval: number; risk: number }): number {
  const { visits, spend } = insight
  if (visits === 0) return 0
  const perYear = Math.min(365, 3_650 / Math.max(10, interval))
  return share(Math.min(Number.MAX_SAFE_INTEGER, Math.floor((spend / visits) * perYear)), 10_000 - risk)
}

function mostFrequent(names: readonly string[]): string | undefined {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0]?.[0]
}
