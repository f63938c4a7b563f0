import { z } from 'zod'
import { unitName } from '#protocol/effects.ts'
import { parseCivilDay, parseClock, weekdays } from './calendar.ts'
import { keyed, range, unknownKeys, word } from './vocabulary.ts'

const wordList = z.array(z.string().min(1).max(60)).min(1).max(1_000)

const selectorKeys = {
  product: wordList.optional().meta({ description: "the catalogue's codes" }),
  category: wordList.optional(),
}

/** Which lines of a basket are meant. A line matches if its product or its category is among those named. */
export const selector = keyed('choice of lines', selectorKeys).refine(
  (one) => one.product !== undefined || one.category !== undefined,
  'needs `product` or `category`',
)
export type Selector = z.infer<typeof selector>

/** A local time of day. */
export const clock = z.string().refine((text) => parseClock(text) !== undefined, 'must be a time such as 06:30')
const civilDay = z
  .string()
  .refine((text) => parseCivilDay(text) !== undefined, 'must be a date such as 2026-03-21, or Jalali such as 1405-01-01')

const balanceOf = keyed('part of a balance', {
  name: unitName,
  from: z.int().min(0).optional(),
  to: z.int().min(0).optional(),
}).refine((r) => r.from !== undefined || r.to !== undefined, 'needs `from` or `to`')

/** All that are given must hold; none given holds always. */
export const conditions = z.strictObject(
  {
    visit: range(1).optional().meta({ description: 'the number of this visit: { from: 11 } is the 11th and all later ones' }),
    purchase: range(1).optional().meta({ description: 'the number of this purchase: { to: 1 } is the first one only' }),
    absence: range(0).optional().meta({ description: 'civil days since the last visit; never true on a first visit' }),
    amount: range(0).optional().meta({ description: 'the total of the basket, before discounts' }),
    lines: keyed('choice of lines', { ...selectorKeys, quantity: range(0).optional(), amount: range(0).optional() })
      .optional()
      .meta({ description: 'lines of the basket: at least one matches, or quantity and amount of all that match' }),
    time: keyed('end of a time of day', { from: clock, to: clock })
      .optional()
      .meta({ description: 'local time of day, `to` excluded; with `from` after `to` it goes over midnight' }),
    weekday: z.array(word('weekday', weekdays)).min(1).optional(),
    date: keyed('end of a date range', { from: civilDay.optional(), to: civilDay.optional() })
      .refine((r) => r.from !== undefined || r.to !== undefined, 'needs `from` or `to`')
      .optional()
      .meta({ description: 'a range of dates, both included; a year before 1700 is Jalali' }),
    jalali: keyed('part of a Jalali date', {
      month: z.array(z.int().min(1).max(12)).min(1).optional(),
      day: z.array(z.int().min(1).max(31)).min(1).optional(),
    })
      .optional()
      .meta({ description: 'months and days of the Jalali calendar, every year' }),
    store: wordList.optional().meta({ description: 'the sale is in one of these stores' }),
    lane: wordList.optional().meta({ description: 'the sale is at one of these lanes' }),
    membership: range(0).optional().meta({ description: 'civil days since the member signed up' }),
    credit: range(0).optional().meta({ description: "the member's balance of credit before the event" }),
    points: balanceOf.optional().meta({ description: "the member's balance of these points before the event" }),
    stamps: balanceOf.optional().meta({ description: "the member's stamps on this card before the event" }),
    get all(): z.ZodOptional<z.ZodArray<z.ZodType<Conditions>>> {
      return several
    },
    get any(): z.ZodOptional<z.ZodArray<z.ZodType<Conditions>>> {
      return several
    },
    get not(): z.ZodOptional<z.ZodType<Conditions>> {
      return nested.optional()
    },
  },
  { error: unknownKeys('condition', () => conditionWords) },
)

/** What one branch of `all`, `any` or `not` holds: the same conditions again. */
const nested: z.ZodType<Conditions> = z.lazy(() => conditions)
const several = z.array(nested).min(1).max(50).optional()
const conditionWords: readonly string[] = Object.keys(conditions.shape)

export interface Conditions {
  visit?: Range | undefined
  purchase?: Range | undefined
  absence?: Range | undefined
  amount?: Range | undefined
  lines?: (Partial<Selector> & { quantity?: Range | undefined; amount?: Range | undefined }) | undefined
  time?: { from: string; to: string } | undefined
  weekday?: (typeof weekdays)[number][] | undefined
  date?: { from?: string | undefined; to?: string | undefined } | undefined
  jalali?: { month?: number[] | undefined; day?: number[] | undefined } | undefined
  store?: string[] | undefined
  lane?: string[] | undefined
  membership?: Range | undefined
  credit?: Range | undefined
  points?: (Range & { name: string }) | undefined
  stamps?: (Range & { name: string }) | undefined
  all?: Conditions[] | undefined
  any?: Conditions[] | undefined
  not?: Conditions | undefined
}
type Range = z.infer<ReturnType<typeof range>>
