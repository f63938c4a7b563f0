import { z } from 'zod'
import { type Effect, unitName } from '#protocol/effects.ts'
import { civilTime, dayOfJalali, instantOf, jalaliOf, type TimeZone } from './calendar.ts'
import { keyed } from './vocabulary.ts'

/** So many days of the calendar, or so many Jalali months. */
const span = keyed('part of a span', {
  days: z.int().min(1).max(36_500).optional(),
  months: z.int().min(1).max(1_200).optional(),
}).refine(({ days, months }) => (days === undefined) !== (months === undefined), 'needs either `days` or `months`')
export type Span = z.infer<typeof span>

const delay = keyed('part of a delay', { days: z.int().min(1).max(3_650) })

/** The two words that an effect of its own may say of what it grants. */
export const ownLot = {
  expires: span.optional().meta({ description: 'the last day on which it can be used, counted from its first' }),
  activeAfter: delay.optional().meta({ description: 'so many days of the calendar later; at once, where it is left out' }),
}

const lotPolicy = keyed('part of an expiry', {
  after: span,
  activeAfter: ownLot.activeAfter,
  remind: z
    .array(keyed('part of a reminder', { days: z.int().min(1).max(3_650) }))
    .min(1)
    .max(10)
    .optional()
    .meta({ description: 'so many days ahead the club raises `credit-expiring` or `points-expiring`' }),
})

export const expiry = keyed('kind of expiry', {
  credit: lotPolicy.optional(),
  points: z.record(unitName, lotPolicy).optional().meta({ description: 'by the name of the points' }),
})
export type Expiry = z.infer<typeof expiry>
export type LotPolicy = z.infer<typeof lotPolicy>

/** What the programme says of lots of a unit: `credit` or `points:club`; undefined where they never expire. */
export function lotPolicyOf({ expiry }: { expiry?: Expiry | undefined }, unit: string): LotPolicy | undefined {
  if (unit === 'credit') return expiry?.credit
  return unit.startsWith('points:') ? expiry?.points?.[unit.slice('points:'.length)] : undefined
}

export interface LotRule {
  after?: Span | undefined
  activeAfter?: { days: number } | undefined
  remind?: readonly { days: number }[] | undefined
}

export interface LotTimes {
  /** The instant from which the lot can be used. */
  activeAt: string
  /** The instant from which it is lost: the end of its last day; undefined where it never is. */
  expiresAt: string | undefined
  /** When it is announced that the lot is lost in `days` days, the earliest first; none before it can be used. */
  reminders: { days: number; at: string }[]
}

/**
 * The life of a lot that is granted at an instant. A delay ends with the beginning of a day; what lasts 30 days from
 * then lasts until the end of the 30th day after. A month later is the same day of the next Jalali month, or its last.
 */
export function lotTimes(rule: LotRule, { grantedAt, timeZone }: LotMoment): LotTimes {
  const grantedMs = Date.parse(grantedAt)
  const { activeOn, lostOn } = lotDays(rule, civilTime(grantedMs, timeZone).day)
  const beginOf = (day: number) => instantOf(day, 0, timeZone)
  const activeMs = activeOn === undefined ? grantedMs : beginOf(activeOn)
  return {
    activeAt: new Date(activeMs).toISOString(),
    expiresAt: lostOn === undefined ? undefined : new Date(beginOf(lostOn)).toISOString(),
    reminders: (lostOn === undefined ? [] : (rule.remind ?? []))
      .map(({ days }) => ({ days, ms: beginOf((lostOn ?? 0) - days) }))
      .filter(({ ms }) => ms > activeMs)
      .sort((a, b) => a.ms - b.ms)
      .map(({ days, ms }) => ({ days, at: new Date(ms).toISOString() })),
  }
}

/** As an effect carries it: only what the rule is about, which is the same for everything granted on one civil day. */
export function lotOnWire(rule: LotRule, { day, timeZone }: { day: number; timeZone: TimeZone }): LotOnWire {
  const { activeOn, lostOn } = lotDays(rule, day)
  const begin = (of: number) => new Date(instantOf(of, 0, timeZone)).toISOString()
  return {
    ...(activeOn === undefined ? {} : { activeat: begin(activeOn) }),
    ...(lostOn === undefined ? {} : { expiresat: begin(lostOn) }),
  }
}
export type LotOnWire = Pick<Extract<Effect, { kind: 'credit' }>, 'activeat' | 'expiresat'>

/** The civil days with whose beginnings a lot that is granted on a day can be used and is lost. */
function lotDays({ after, activeAfter }: LotRule, day: number) {
  const activeOn = activeAfter && day + activeAfter.days
  return { activeOn, lostOn: after && dayAfter(after, activeOn ?? day) + 1 }
}

export interface LotMoment {
  /** ISO 8601. */
  grantedAt: string
  timeZone: TimeZone
}

/** The civil day that lies a span after another. */
function dayAfter({ days, months }: Span, day: number): number {
  if (days !== undefined) return day + days
  const from = jalaliOf(day)
  const index = from.year * 12 + from.month - 1 + (months ?? 0)
  const year = Math.floor(index / 12)
  const month = (index % 12) + 1
  const next = month === 12 ? dayOfJalali(year + 1, 1, 1) : dayOfJalali(year, month + 1, 1)
  return Math.min(dayOfJalali(year, month, from.day), next - 1)
}
