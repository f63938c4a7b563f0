import type { BasketLine, Tender } from '#protocol/messages.ts'
import { dayOf, hourOf } from './civil-day.ts'
import type { Increment, Place } from './increments.ts'

/** One sale as it is counted; what was brought back of it, or undone, at the instant of that. */
export interface CountedSale {
  flow: 'sale' | 'return' | 'reversal'
  /** When it was made, or undone (ISO 8601). */
  at: string
  store: string
  lane: string
  operator: string | undefined
  /** Whether a member bought. */
  ofMember: boolean
  /** The member's tier as the sale's reply named it. */
  tier: string | undefined
  /** The member's age band. */
  ages: string | undefined
  total: number
  discount: number
  payable: number
  lines: readonly BasketLine[]
  tenders: readonly Tender[]
  /** Ids of the rules that fired. */
  fired: readonly string[]
}

/** Everything that one sale counts in. */
export function saleIncrements(sale: CountedSale): Increment[] {
  const { at, store, flow, total, discount, payable, ofMember } = sale
  const place = { day: dayOf(at), store, flow }
  const whole = (dimension: Place['dimension'], key: string): Increment => ({
    ...place,
    dimension,
    key,
    count: 1,
    amount: total,
    discount,
    payable,
  })
  const { weekday, hour } = hourOf(at)
  return [
    whole('sales', ofMember ? 'member' : 'guest'),
    whole('hours', `${weekday}-${String(hour).padStart(2, '0')}`),
    whole('cashiers', sale.operator ?? ''),
    whole('lanes', sale.lane),
    ...(sale.tier === undefined ? [] : [whole('tiers', sale.tier)]),
    ...(sale.ages === undefined ? [] : [whole('ages', sale.ages)]),
    // Of a return nobody says how it was paid back.
    ...[...grouped(flow === 'return' ? [] : sale.tenders, ({ kind }) => kind)].map(
      ([key, tenders]): Increment => ({ ...place, dimension: 'tenders', key, count: 1, amount: sum(tenders) }),
    ),
    ...[...grouped(sale.lines, ({ product }) => product)].map(
      ([key, lines]): Increment => ({
        ...place,
        ...ofLines(lines),
        dimension: 'products',
        key,
        label: lines.findLast(({ name }) => name !== undefined)?.name,
      }),
    ),
    ...[...grouped(sale.lines, ({ category }) => category ?? '')].map(
      ([key, lines]): Increment => ({ ...place, ...ofLines(lines), dimension: 'categories', key }),
    ),
    ...[...new Set(sale.fired)].map((key): Increment => ({ ...place, dimension: 'offers', key, count: 1, payable })),
  ]
}

const sum = (items: readonly { amount: number }[]): number => items.reduce((all, { amount }) => all + amount, 0)

/** How many baskets (1), what quantity and for how much. */
const ofLines = (lines: readonly BasketLine[]) => ({
  count: 1,
  quantity: lines.reduce((all, { quantity }) => all + Math.round(quantity * 1_000), 0),
  amount: sum(lines),
})

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}
