import { dayOfJalali, formatCivilDay, jalaliOf } from '#programme/calendar.ts'
import type { BasketLine } from '#protocol/messages.ts'
import { dayNumber, dayOf, monthNumber } from './civil-day.ts'
import type { Increment } from './increments.ts'

/** What is known of one member's purchases and visits, derived from the books. */
export interface Insight {
  memberid: string
  /** The place in the journal up to which it is right. */
  upto: number
  enrolledAt: string
  enrolledIn: string
  visits: number
  /** Sales that stand, what was paid for them, and their totals before discounts. */
  purchases: number
  spend: number
  total: number
  firstAt?: string | undefined
  lastAt?: string | undefined
  /** The visits, the earliest first: when and in which store. */
  seen: readonly (readonly [at: string, store: string])[]
  /** In the order of the first purchase of each category. */
  tastes: readonly Taste[]
}

export interface Taste {
  category: string
  purchases: number
  amount: number
  lastAt: string
}

/** A sale as insight needs it. */
export interface InsightSale {
  saleid: string
  at: string
  store: string
  total: number
  payable: number
  beginsVisit: boolean
  lines: readonly BasketLine[]
}

export const nobodyYet = (member: { memberid: string; enrolledAt: string; enrolledIn: string }): Insight => ({
  memberid: member.memberid,
  enrolledAt: member.enrolledAt,
  enrolledIn: member.enrolledIn,
  upto: 0,
  visits: 0,
  purchases: 0,
  spend: 0,
  total: 0,
  seen: [],
  tastes: [],
})

/** With one more sale, which must be later than all that are in it. */
export function withSale(insight: Insight, sale: InsightSale): Insight {
  const { at, store, total, payable, beginsVisit, lines } = sale
  return {
    ...insight,
    visits: insight.visits + (beginsVisit ? 1 : 0),
    purchases: insight.purchases + 1,
    spend: exact(insight.spend + payable),
    total: exact(insight.total + total),
    firstAt: insight.firstAt ?? at,
    lastAt: at,
    seen: beginsVisit ? [...insight.seen, [at, store]] : insight.seen,
    tastes: withTastes(insight.tastes, lines, at),
  }
}

/** Amounts that no shop sees stay within the exact integers, so that they cannot stop everything else. */
const exact = (amount: number): number => Math.min(amount, Number.MAX_SAFE_INTEGER)

function withTastes(before: readonly Taste[], lines: readonly BasketLine[], at: string): readonly Taste[] {
  const bought = new Map<string, number>()
  for (const { category, amount } of lines) {
    if (category !== undefined && category !== '') bought.set(category, (bought.get(category) ?? 0) + amount)
  }
  if (bought.size === 0) return before
  const after = before.map((taste) => {
    const amount = bought.get(taste.category)
    if (amount === undefined) return taste
    bought.delete(taste.category)
    return { ...taste, purchases: taste.purchases + 1, amount: exact(taste.amount + amount), lastAt: at }
  })
  for (const [category, amount] of bought) after.push({ category, purchases: 1, amount, lastAt: at })
  return after
}

/** Insight from nothing but the sales that stand, in any order. */
export function insightOf(member: Parameters<typeof nobodyYet>[0], sales: readonly InsightSale[]): Insight {
  const inOrder = [...sales].sort((a, b) => compare(a.at, b.at) || compare(a.saleid, b.saleid))
  return inOrder.reduce(withSale, nobodyYet(member))
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Categories of one member that are set beside one another, so that a till's endless list of them costs no more. */
const comparedMost = 40

/**
 * What one member counts in. It is restated whenever the member's history changes, unlike sales, which count once: so
 * visits, intervals and retention are always as the books know them now.
 */
export function memberIncrements({ enrolledAt, enrolledIn, seen, tastes }: Insight): Increment[] {
  const increments: Increment[] = [
    { day: dayOf(enrolledAt), store: enrolledIn, dimension: 'members', key: '', flow: '', count: 1 },
  ]
  let before: number | undefined
  for (const [at, store] of seen) {
    const number = dayNumber(at)
    const place = { day: formatCivilDay(number, 'gregorian'), store, flow: '' }
    increments.push({ ...place, dimension: 'visits', key: before === undefined ? 'first' : 'again', count: 1 })
    if (before !== undefined)
      increments.push({ ...place, dimension: 'intervals', key: String(number - before), count: 1, quantity: number - before })
    before = number
  }
  const enrolled = monthNumber(enrolledAt)
  const cohort = { day: monthOf(enrolledAt), store: enrolledIn, dimension: 'cohorts' as const, flow: '' }
  for (const months of new Set(seen.map(([at]) => Math.max(0, monthNumber(at) - enrolled))))
    increments.push({ ...cohort, key: String(months), count: 1 })
  increments.push({ ...cohort, key: 'all', count: 1 })
  return [...increments, ...affinityOf(tastes)]
}

/** The first day of the Jalali month that an instant is in. */
const monthOf = (instant: string): string => {
  const { year, month } = jalaliOf(dayNumber(instant))
  return formatCivilDay(dayOfJalali(year, month, 1), 'gregorian')
}

export const pairKey = (a: string, b: string): string => (a < b ? `${a}\u001f${b}` : `${b}\u001f${a}`)

/** How many members buy of a category, and of each two. */
function affinityOf(tastes: readonly Taste[]): Increment[] {
  const names = tastes.slice(0, comparedMost).map(({ category }) => category)
  const place = { day: '', store: '', dimension: 'affinity' as const, count: 1 }
  return names.flatMap((a, index): Increment[] => [
    { ...place, flow: 'one', key: a },
    ...names.slice(index + 1).map((b): Increment => ({ ...place, flow: 'two', key: pairKey(a, b) })),
  ])
}
