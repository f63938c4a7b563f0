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
}

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
  readonly visit: number
  /** The total before discounts; undefined where nothing was bought. */
  readonly total: number | undefined
  /** Undefined where nothing was bought. */
  lines(): readonly ReadLine[] | undefined
  /** The civil day and minute of the event, its weekday and its Jalali date. */
  now(): Moment
  /** Civil days since the member was last seen; undefined on a first visit. */
  absence(): number | undefined
}

export function circumstancesOf(given: {
  member: MemberHistory
  visit: number
  basket: { total: number; lines: readonly BasketLine[] } | undefined
  instantMs: number
  timeZone: TimeZone
}): Circumstances {
  const { member, visit, basket, instantMs, timeZone } = given
  let lines: readonly ReadLine[] | undefined
  let now: Moment | undefined
  let absence: number | undefined
  const circumstances: Circumstances = {
    member,
    visit,
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
      if (member.lastVisitAt === undefined || member.visits === 0) return undefined
      absence ??= Math.max(0, circumstances.now().day - civilTime(Date.parse(member.lastVisitAt), timeZone).day)
      return absence
    },
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
