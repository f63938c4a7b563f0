import { daysFromAnniversary, type Origin, originOf, yearsAt } from './anniversary.ts'
import { type CivilDate, civilTime, instantOf, jalaliOf, type TimeZone, type Weekday, weekdayOf } from './calendar.ts'
import { basketOf, type DecisionEvent } from './events.ts'
import { type ReadLine, readLine } from './lines.ts'
import type { MemberHistory } from './member-history.ts'

export type { MemberHistory } from './member-history.ts'

export type UnitKind = 'points' | 'stamps'
/** The unit of account of points or stamps of a name. */
export const unitOf = (kind: UnitKind, name: string): string => `${kind}:${name}`

interface Moment {
  day: number
  minute: number
  weekday: Weekday
  jalali: CivilDate
}

/** Everything that conditions look at. What is not asked for is not worked out. */
export interface Circumstances {
  readonly member: MemberHistory
  readonly event: DecisionEvent
  /** Milliseconds since 1970. */
  readonly instantMs: number
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
  /** Whole years; undefined where the birthday is not known. */
  age(): number | undefined
  /** Civil days from the nearest birthday or anniversary of signing up: negative ahead of it, 0 on it. */
  fromBirthday(): number | undefined
  fromAnniversary(): number | undefined
  /** The instants (ms) of the recent visits, this one included; undefined where they are not known. */
  recentVisits(): readonly number[] | undefined
  /** The civil day of an instant (ms), and the instant at which a civil day begins. */
  dayOf(instantMs: number): number
  beginOf(day: number): number
}

/** The ways to a store's till. */
export const channels = ['store', 'kiosk', 'online'] as const
export type Channel = (typeof channels)[number]

export interface Place {
  store: string
  lane: string
  /** A store's own till, where it is left out. */
  channel?: Channel
}

export function circumstancesOf(given: {
  member: MemberHistory
  /** The number of this visit, or of the last one where nobody is here; `begins` where it is a new one. */
  visit: { number: number; begins: boolean }
  place: Place | undefined
  event: DecisionEvent
  instantMs: number
  lastVisitMs: number | undefined
  timeZone: TimeZone
}): Circumstances {
  const { member, visit, event, place, instantMs, lastVisitMs, timeZone } = given
  const known = member.standing === undefined
  const basket = basketOf(event)
  const dayOf = (ms: number) => civilTime(ms, timeZone).day
  let lines: readonly ReadLine[] | undefined
  let now: Moment | undefined
  let absence: number | undefined
  let birthday: { origin: Origin | undefined } | undefined
  let fromBirthday: { days: number | undefined } | undefined
  let recentVisits: readonly number[] | undefined
  const birthdayOf = () => {
    const text = member.personal?.birthday
    birthday ??= { origin: text === undefined ? undefined : originOf(text) }
    return birthday.origin
  }
  const circumstances: Circumstances = {
    member,
    event,
    instantMs,
    visit: known ? visit.number : undefined,
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
      absence ??= Math.max(0, circumstances.now().day - dayOf(lastVisitMs))
      return absence
    },
    membership() {
      if (member.enrolledAt === undefined) return undefined
      return Math.max(0, circumstances.now().day - dayOf(Date.parse(member.enrolledAt)))
    },
    balance: (kind, name) => (known ? (member.units?.[unitOf(kind, name)] ?? 0) : undefined),
    age() {
      const origin = birthdayOf()
      return origin && yearsAt(origin, circumstances.now().day)
    },
    fromBirthday() {
      const origin = birthdayOf()
      fromBirthday ??= { days: origin && daysFromAnniversary(origin, circumstances.now().day) }
      return fromBirthday.days
    },
    fromAnniversary() {
      if (member.enrolledAt === undefined) return undefined
      const origin: Origin = { calendar: 'jalali', date: jalaliOf(dayOf(Date.parse(member.enrolledAt))) }
      return daysFromAnniversary(origin, circumstances.now().day)
    },
    recentVisits() {
      if (!known || member.recentVisits === undefined) return undefined
      recentVisits ??= [...member.recentVisits.map((one) => Date.parse(one)), ...(visit.begins ? [instantMs] : [])]
      return recentVisits
    },
    dayOf,
    beginOf: (day) => instantOf(day, 0, timeZone),
  }
  return circumstances
}
