import type { CouponWorth } from '#protocol/effects.ts'

/**
 * What the rules know of a member, before the event. What a programme never asks for may be left out: `compile()` says
 * what it needs. A condition about something that was left out neither holds nor fails to, and its rule does not fire.
 */
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
  /** The id of the member's tier. */
  tier?: string
  personal?: PersonalFacts
  /** Instants at which visits began, in any order, as far back as `visitDays` of the compiled programme. */
  recentVisits?: readonly string[]
  /** Who brought the member in, and how many friends of the member's have bought something. */
  referral?: { by?: string; friends: number }
  /** Surveys that the member has answered, by name. */
  surveys?: readonly string[]
  segments?: readonly string[]
  /** Fields of the profile that are filled in: `name`, `mobile`, `birthday`, …, and the club's own. */
  profileFields?: readonly string[]
  /** Coupons that the member holds and has not used. */
  coupons?: readonly HeldCoupon[]
}

export interface PersonalFacts {
  /** A civil date: `1370-12-30` is Jalali, `1992-02-29` Gregorian. */
  birthday?: string
  sex?: string
  area?: string
  education?: string
  /** The club's own fields, by name. */
  custom?: Readonly<Record<string, CustomValue>>
}

export type CustomValue = string | number | boolean

export interface HeldCoupon {
  couponid: string
  name: string
  /** As the rule that gave it said. */
  worth: CouponWorth
  /** Instants from which and before which it can be used; always, where one is left out. */
  activeAt?: string
  expiresAt?: string
}
