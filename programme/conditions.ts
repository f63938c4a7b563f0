import { z } from 'zod'
import { tenderKinds } from '#protocol/messages.ts'
import { parseCivilDay, parseClock, weekdays } from './calendar.ts'
import { channels } from './circumstances.ts'
import { balanceOf, type MemberConditions, memberConditions } from './member-conditions.ts'
import { type Selector, selectorKeys } from './selector.ts'
import { keyed, type Range, range, unknownKeys, word, wordList } from './vocabulary.ts'

/** A local time of day. */
export const clock = z.string().refine((text) => parseClock(text) !== undefined, 'must be a time such as 06:30')
export const civilDay = z
  .string()
  .refine((text) => parseCivilDay(text) !== undefined, 'must be a date such as 2026-03-21, or Jalali such as 1405-01-01')

const tender = keyed('part of a payment', {
  kinds: z.array(word('tender', tenderKinds)).min(1),
  share: range(0).optional().meta({ description: 'of what was paid, in basis points' }),
  amount: range(0).optional(),
})

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
    channel: z.array(word('channel', channels)).min(1).optional().meta({ description: 'the way to the till' }),
    tender: tender.optional().meta({ description: 'it was paid in one of these ways; known of a completed sale only' }),
    expiring: keyed('part of what runs out', {
      name: balanceOf.shape.name.optional(),
      days: range(0).optional(),
      amount: range(0).optional(),
    })
      .optional()
      .meta({ description: 'which points run out, in how many days, and how many of them or how much credit' }),
    membership: range(0).optional().meta({ description: 'civil days since the member signed up' }),
    credit: range(0).optional().meta({ description: "the member's balance of credit before the event" }),
    points: balanceOf.optional().meta({ description: "the member's balance of these points before the event" }),
    stamps: balanceOf.optional().meta({ description: "the member's stamps on this card before the event" }),
    ...memberConditions,
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

export interface Conditions extends MemberConditions {
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
  channel?: (typeof channels)[number][] | undefined
  tender?: { kinds: (typeof tenderKinds)[number][]; share?: Range | undefined; amount?: Range | undefined } | undefined
  expiring?: { name?: string | undefined; days?: Range | undefined; amount?: Range | undefined } | undefined
  membership?: Range | undefined
  credit?: Range | undefined
  points?: (Range & { name: string }) | undefined
  stamps?: (Range & { name: string }) | undefined
  all?: Conditions[] | undefined
  any?: Conditions[] | undefined
  not?: Conditions | undefined
}

/** Each set of conditions of a rule with its place: the whole, then every branch of it. */
export function* everyCondition(
  when: Conditions,
  path: readonly (string | number)[] = [],
): Generator<{
  when: Conditions
  path: readonly (string | number)[]
}> {
  yield { when, path }
  for (const word of ['all', 'any'] as const)
    for (const [index, one] of (when[word] ?? []).entries()) yield* everyCondition(one, [...path, word, index])
  if (when.not) yield* everyCondition(when.not, [...path, 'not'])
}
