import { jalaliOf, weekIndexOf } from './calendar.ts'
import { amongWords, type Check, fails, notKnown, ranged, sharesWord, unknown } from './check.ts'
import type { Circumstances } from './circumstances.ts'
import { insideForm } from './lines.ts'
import type { CustomField, MemberConditions, Streak } from './member-conditions.ts'
import type { CustomValue, HeldCoupon } from './member-history.ts'
import type { Bounds } from './vocabulary.ts'

/** Checks of what is known of the member. What is not known neither holds nor fails to. */
export function memberChecksOf(when: MemberConditions): Check[] {
  const checks: Check[] = []
  const { tier, segment, age, sex, area, education, birthday, anniversary, streak } = when
  if (tier) checks.push(amongWords('tier', tier, (c) => c.member.tier))
  if (segment) checks.push(sharesWord('segment', segment, (c) => c.member.segments))
  if (age) checks.push(counted('age', age, (c) => c.age()))
  if (sex) checks.push(amongWords('sex', sex, (c) => c.member.personal?.sex))
  if (area) checks.push(typedWord('area', area))
  if (education) checks.push(typedWord('education', education))
  if (birthday)
    checks.push(
      windowCheck(
        'birthday',
        birthday,
        (c) => c.fromBirthday(),
        (c) => c.age() !== undefined,
      ),
    )
  if (anniversary)
    checks.push(
      windowCheck(
        'anniversary',
        anniversary,
        (c) => c.fromAnniversary(),
        (c) => c.member.enrolledAt !== undefined,
      ),
    )
  if (streak) checks.push(streakCheck(streak))
  const { referred, friends, survey, profile, custom, coupon } = when
  if (referred !== undefined) checks.push(referredCheck(referred))
  if (friends) checks.push(counted('friends', friends, friendsOf))
  if (survey) checks.push(sharesWord('survey', survey, surveysOf))
  if (profile) checks.push(profileCheck(profile))
  if (custom) checks.push(customCheck(custom))
  if (coupon) checks.push(couponCheck(coupon))
  return checks
}

const counted = (condition: string, bounds: Bounds, value: (c: Circumstances) => number | undefined) =>
  ranged({ condition, bounds, least: 0, value, without: unknown })

/** Words that people typed, on whichever keyboard. */
function typedWord(condition: 'area' | 'education', wanted: readonly string[]): Check {
  const inside = wanted.map(insideForm)
  return amongWords(condition, inside, ({ member }) => {
    const found = member.personal?.[condition]
    return found === undefined ? undefined : insideForm(found)
  })
}

const daysIn = (days: number) => `${days} ${days === 1 ? 'day' : 'days'}`

function windowCheck(
  condition: string,
  { before = 0, after = 0 }: { before?: number | undefined; after?: number | undefined },
  days: (c: Circumstances) => number | undefined,
  known: (c: Circumstances) => boolean,
): Check {
  return {
    condition,
    expected: before + after === 0 ? 'today' : `${before} days before to ${after} days after`,
    holds(c) {
      const distance = days(c)
      if (distance === undefined) return known(c) ? false : undefined
      return distance >= -before && distance <= after
    },
    found(c) {
      const distance = days(c)
      if (distance === undefined) return known(c) ? 'none yet' : notKnown
      return distance === 0 ? 'today' : distance < 0 ? `in ${daysIn(-distance)}` : `${daysIn(distance)} ago`
    },
  }
}

function streakCheck({ visits, days, weeks, months }: Streak): Check {
  const streak = (condition: string, from: number, value: (c: Circumstances) => number | undefined) =>
    counted(condition, { from }, value)
  if (weeks !== undefined) return streak('streak.weeks', weeks, (c) => inARow(c, weekIndexOf))
  if (months !== undefined) return streak('streak.months', months, (c) => inARow(c, monthIndexOf))
  const check = streak('streak.visits', visits ?? 1, (c) => {
    const visits = c.recentVisits()
    if (visits === undefined) return undefined
    const today = c.now().day
    const [first, end] = [c.beginOf(today - (days ?? 1) + 1), c.beginOf(today + 1)]
    let count = 0
    for (const one of visits) if (one >= first && one < end) count++
    return count
  })
  return { ...check, expected: `${check.expected} in ${days} days` }
}

function monthIndexOf(day: number): number {
  const { year, month } = jalaliOf(day)
  return year * 12 + month
}

/** How many weeks or months one after another have a visit, up to the present one. */
function inARow(c: Circumstances, indexOf: (day: number) => number): number | undefined {
  const visits = c.recentVisits()
  if (visits === undefined) return undefined
  const seen = new Set(visits.map((one) => indexOf(c.dayOf(one))))
  const now = indexOf(c.now().day)
  let count = 0
  while (seen.has(now - count)) count++
  return count
}

const referredCheck = (wanted: boolean): Check => ({
  condition: 'referred',
  expected: wanted ? 'by a friend' : 'by nobody',
  holds: ({ member }) => member.referral && (member.referral.by !== undefined) === wanted,
  found: ({ member }) => (member.referral ? (member.referral.by === undefined ? 'by nobody' : 'by a friend') : notKnown),
})

/** The friend who buys just now counts. */
const friendsOf = ({ member, event }: Circumstances) =>
  member.referral && member.referral.friends + (event.kind === 'friend-bought' ? 1 : 0)

const surveysOf = ({ member, event }: Circumstances) => (event.kind === 'survey-answered' ? [event.survey] : member.surveys)

function profileCheck(wanted: readonly string[]): Check {
  const missing = ({ member }: Circumstances) =>
    member.profileFields && wanted.filter((one) => member.profileFields?.includes(one) === false)
  return {
    condition: 'profile',
    expected: wanted.join(' and '),
    holds(c) {
      const fields = missing(c)
      return fields && fields.length === 0
    },
    found(c) {
      const fields = missing(c)
      return fields === undefined ? notKnown : `without ${fields.join(', ')}`
    },
  }
}

function customCheck({ field, is, from, to }: CustomField): Check {
  const value = ({ member }: Circumstances): CustomValue | undefined => member.personal?.custom?.[field]
  const condition = `custom.${field}`
  if (!is)
    return ranged({
      condition,
      bounds: { from, to },
      least: Number.NEGATIVE_INFINITY,
      value(c) {
        const found = value(c)
        const number = typeof found === 'boolean' || found === '' ? Number.NaN : Number(found)
        return Number.isNaN(number) ? undefined : number
      },
      none: 'no number',
      without: (c) => (value(c) === undefined ? unknown() : fails()),
    })
  return amongWords(
    condition,
    is.map((one) => insideForm(String(one))),
    (c) => {
      const found = value(c)
      return found === undefined ? undefined : insideForm(String(found))
    },
  )
}

/** Whether a coupon can be used at an instant. */
const isValid = ({ activeAt, expiresAt }: HeldCoupon, instantMs: number) =>
  (activeAt === undefined || Date.parse(activeAt) <= instantMs) && (expiresAt === undefined || instantMs < Date.parse(expiresAt))

/** The coupon of a name that is used first: the one that is lost first, and among equals by its id. */
export function couponFor(c: Circumstances, name: string): HeldCoupon | undefined {
  let first: HeldCoupon | undefined
  for (const one of c.member.coupons ?? [])
    if (one.name === name && isValid(one, c.instantMs) && (first === undefined || comesBefore(one, first))) first = one
  return first
}

function comesBefore(a: HeldCoupon, b: HeldCoupon): boolean {
  const [endA, endB] = [a, b].map(({ expiresAt }) => (expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt)))
  return endA === endB ? a.couponid < b.couponid : (endA ?? 0) < (endB ?? 0)
}

export function couponCheck(names: readonly string[]): Check {
  return {
    condition: 'coupon',
    expected: names.join(' or '),
    holds: (c) => c.member.coupons && names.some((name) => couponFor(c, name) !== undefined),
    found: (c) => (c.member.coupons ? 'no such coupon that can be used now' : notKnown),
  }
}
