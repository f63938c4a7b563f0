import type { BasketLine } from '#protocol/messages.ts'
import { normaliseText } from '#protocol/text.ts'
import { type CivilDate, civilTime, jalaliOf, type TimeZone, type Weekday, weekdayOf } from './calendar.ts'
import type { Selector } from './conditions.ts'

/** What the rules know of a member, before the event. */
export interface MemberHistory {
  memberid: string
  /** Visits so far, the one of `lastVisitAt` included. */
  visits: number
  /** Purchases so far that stand (reversed ones do not count). */
  purchases: number
  /** An instant (ISO 8601): when the member was last seen. */
  lastVisitAt?: string
  /** An instant: when the member signed up. */
  enrolledAt?: string
  /** The balance of credit. */
  credit?: number
  /** Balances of points and stamps by unit (`points:club`, `stamps:coffee`); what is not there is 0. */
  units?: Readonly<Record<string, number>>
  /** Nothing of the above is known: a condition about the member then neither holds nor fails to, and the rule does not fire. */
  standing?: 'unknown'
}

export type UnitKind = 'points' | 'stamps'
/** The unit of account of points or stamps of a name. */
export const unitOf = (kind: UnitKind, name: string): string => `${kind}:${name}`

/** A line of a basket with its words in their inside form. */
interface ReadLine {
  product: string
  category: string | undefined
  quantity: number
  amount: number
}

interface Moment {
  day: number
  minute: number
  weekday: Weekday
  jalali: CivilDate
}

/** Everything that conditions look at. What is not asked for is not worked out. */
export interface Circumstances {
  readonly member: MemberHistory
  /** Numbers of this visit and this purchase; undefined where nothing is known of the member. */
  readonly visit: number | undefined
  readonly purchase: number | undefined
  /** Where it happens; undefined where nobody said so. */
  readonly place: Place | undefined
  /** The total before discounts; undefined where nothing was bought. */
  readonly total: number | undefined
  /** Undefined where nothing was bought. */
  lines(): readonly ReadLine[] | undefined
  /** The civil day and minute of the event, its weekday and its Jalali date. */
  now(): Moment
  /** Civil days since the member was last seen; undefined on a first visit. */
  absence(): number | undefined
  /** Civil days since the member signed up. */
  membership(): number | undefined
  balance(kind: UnitKind, name: string): number | undefined
}

export interface Place {
  store: string
  lane: string
}

export function circumstancesOf(given: {
  member: MemberHistory
  visit: number
  place: Place | undefined
  basket: { total: number; lines: readonly BasketLine[] } | undefined
  instantMs: number
  lastVisitMs: number | undefined
  timeZone: TimeZone
}): Circumstances {
  const { member, visit, basket, place, instantMs, lastVisitMs, timeZone } = given
  const known = member.standing === undefined
  let lines: readonly ReadLine[] | undefined
  let now: Moment | undefined
  let absence: number | undefined
  const circumstances: Circumstances = {
    member,
    visit: known ? visit : undefined,
    purchase: known ? member.purchases + 1 : undefined,
    place,
    total: basket?.total,
    lines() {
      lines ??= basket?.lines.map(readLine)
      return lines
    },
    now() {
      if (now) return now
      const { day, minute } = civilTime(instantMs, timeZone)
      now = { day, minute, weekday: weekdayOf(day), jalali: jalaliOf(day) }
      return now
    },
    absence() {
      if (lastVisitMs === undefined || member.visits === 0) return undefined
      absence ??= Math.max(0, circumstances.now().day - civilTime(lastVisitMs, timeZone).day)
      return absence
    },
    membership() {
      if (member.enrolledAt === undefined) return undefined
      return Math.max(0, circumstances.now().day - civilTime(Date.parse(member.enrolledAt), timeZone).day)
    },
    balance: (kind, name) => (known ? (member.units?.[unitOf(kind, name)] ?? 0) : undefined),
  }
  return circumstances
}

const readLine = ({ product, category, quantity, amount }: BasketLine): ReadLine => ({
  product: insideForm(product),
  category: category === undefined ? undefined : insideForm(category),
  quantity,
  amount,
})

/** Codes are mostly ASCII, which has but one form. */
const insideForm = (text: string) => (/^[!-~]+$/.test(text) ? text : normaliseText(text))

export type Match = (line: ReadLine) => boolean

/** Whether a line is meant by `selector`; every line, where nothing is named. */
export function matcherOf({ product, category }: Partial<Selector>): Match {
  if (product === undefined && category === undefined) return () => true
  const products = product && new Set(product.map(insideForm))
  const categories = category && new Set(category.map(insideForm))
  return (line) =>
    products?.has(line.product) === true || (line.category !== undefined && categories?.has(line.category) === true)
}

/** What the matching lines cost together. */
export function amountOf(lines: readonly ReadLine[], matches: Match): number {
  let sum = 0
  for (const line of lines) if (matches(line)) sum += line.amount
  return Math.min(sum, Number.MAX_SAFE_INTEGER)
}

/** Whole items of the matching lines: what is weighed or cut counts down. */
export function itemsOf(lines: readonly ReadLine[], matches: Match): number {
  let sum = 0
  for (const line of lines) if (matches(line)) sum += Math.floor(line.quantity)
  return sum
}

/** What the `count` cheapest items of the matching lines cost, each rounded down. */
export function cheapestOf(lines: readonly ReadLine[], matches: Match, count: number): number {
  const sorted = lines
    .filter(matches)
    .map(({ quantity, amount }) => ({ items: Math.floor(quantity), price: Math.floor(amount / quantity) }))
    .sort((a, b) => a.price - b.price)
  let left = count
  let sum = 0
  for (const { items, price } of sorted) {
    const taken = Math.min(left, items)
    sum += taken * price
    left -= taken
  }
  return Math.min(sum, Number.MAX_SAFE_INTEGER)
}
