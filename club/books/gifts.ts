import { compile } from '#programme/compiled.ts'
import type { Decision } from '#programme/decide.ts'
import type { Programme } from '#programme/schema.ts'
import type { Effect } from '#protocol/effects.ts'
import type { Reply } from '#protocol/reply.ts'
import { negated } from '../booking/activity.ts'
import { nextBirthday } from './birthdays.ts'
import type { Books } from './context.ts'
import { count } from './counters.ts'
import type { KeptCoupon, Member } from './member-records.ts'
import type { Gifts } from './sale-records.ts'
import { activityWith, dayIn, rankAt } from './tiers.ts'

/** Why something is given. */
export interface GiftCause {
  /** The id of the event. */
  eventid: string
  /** The sale, or what else it belongs to. */
  subject: string
  store?: string | undefined
  at: string
}

const couponsIn = (effects: readonly Effect[]) => effects.filter((one) => one.kind === 'coupon')
const pointsIn = (effects: readonly Effect[]): Record<string, number> => {
  const points: Record<string, number> = {}
  for (const one of effects) if (one.kind === 'points') points[one.name] = (points[one.name] ?? 0) + one.granted
  return points
}

/**
 * Books what a decision gave besides money, points and stamps: coupons, messages, uses of limits, alerts, what tiers
 * are measured by. Gives the member's new rank and recent visits, and what is to be taken back with a sale.
 */
export function bookGifts(
  books: Books,
  member: Member,
  given: {
    programme: Programme
    decision: Pick<Decision, 'effects' | 'messages' | 'counters' | 'alerts'>
    /** What was spent, and whether a visit began. */
    spend: number
    beginsVisit: boolean
    cause: GiftCause
  },
): { gifts: Gifts; more: Pick<Member, 'activity' | 'rank' | 'recentVisits' | 'birthdayAt'> } {
  const { programme, decision, spend, beginsVisit, cause } = given
  const { effects } = decision
  const { memberid } = member
  for (const { counter, add } of decision.counters) count(books, counter, add)
  const messages = decision.messages.map(({ ruleid, channel, text, due }, index) => {
    const messageid = `${cause.eventid}/${index}`
    books.desk.put('message', messageid, { messageid, memberid, saleid: cause.subject, ruleid, channel, text, due })
    return messageid
  })
  decision.alerts.forEach(({ ruleid, text }, index) => {
    const alert = `${cause.eventid}/${index}`
    books.desk.put('alert', alert, { alert, ruleid, text, memberid, store: cause.store, at: cause.at })
  })
  const coupons = moveCoupons(books, memberid, effects, cause)

  const activity = { day: dayIn(programme, cause.at), spend, visits: beginsVisit ? 1 : 0, points: pointsIn(effects) }
  const active = activityWith(member, { programme, more: activity, at: cause.at })
  const rank = rankAt({ ...member, ...active }, { programme, at: cause.at, move: effects.find((one) => one.kind === 'tier') })
  const { visitDays } = compile(programme)
  const recentVisits =
    beginsVisit && visitDays > 0 ? recent([...(member.recentVisits ?? []), cause.at], visitDays) : member.recentVisits
  const birthdayAt = member.birthdayAt ?? nextBirthday(books, memberid, cause.at)
  return {
    gifts: {
      counted: decision.counters,
      messages,
      ...coupons,
      ...(programme.tiers ? { activity } : {}),
    },
    more: {
      ...active,
      ...(rank ? { rank } : {}),
      ...(recentVisits ? { recentVisits } : {}),
      ...(birthdayAt === undefined ? {} : { birthdayAt }),
    },
  }
}

/** Takes back what `bookGifts` booked for a sale; gives the member's rank without it. */
export function takeGiftsBack(
  books: Books,
  member: Member,
  { gifts, programme, at }: { gifts: Gifts; programme: Programme; at: string },
): Pick<Member, 'activity' | 'rank'> {
  for (const { counter, add } of gifts.counted) count(books, counter, -add)
  for (const messageid of gifts.messages) books.desk.drop('message', messageid)
  const { couponsGiven = [], couponsUsed = [], activity } = gifts
  if (couponsGiven.length > 0 || couponsUsed.length > 0) {
    const held = books.desk.get('coupons', member.memberid)?.held ?? []
    const left = held.filter((one) => !couponsGiven.includes(one.couponid))
    books.desk.put('coupons', member.memberid, { memberid: member.memberid, held: [...left, ...couponsUsed] })
  }
  const active = activity ? activityWith(member, { programme, more: negated(activity), at }) : {}
  const rank = rankAt({ ...member, ...active }, { programme, at })
  return { ...active, ...(rank ? { rank } : {}) }
}

/** What two members hold, who turned out to be one, is the kept one's. */
export function joinGifts({ desk }: Books, keep: string, gone: string): void {
  const coupons = desk.get('coupons', gone)
  if (coupons) {
    const held = desk.get('coupons', keep)?.held ?? []
    desk.put('coupons', keep, { memberid: keep, held: [...held, ...coupons.held] })
    desk.drop('coupons', gone)
  }
  const taps = desk.get('taps', gone)
  if (taps) {
    desk.put('taps', keep, { memberid: keep, at: [...(desk.get('taps', keep)?.at ?? []), ...taps.at].sort() })
    desk.drop('taps', gone)
  }
  const answered = desk.get('answered', gone)
  if (answered) {
    const own = desk.get('answered', keep)?.surveys ?? []
    desk.put('answered', keep, { memberid: keep, surveys: [...new Set([...own, ...answered.surveys])] })
    desk.drop('answered', gone)
  }
}

/** A reply that names the tier as the event leaves it. */
export const withRank = (reply: Reply, rank: Member['rank']): Reply =>
  reply.member && rank ? { ...reply, member: { ...reply.member, tier: rank.tier } } : reply

/** Coupons that were used go, new ones come. */
function moveCoupons(
  { desk }: Books,
  memberid: string,
  effects: readonly Effect[],
  cause: GiftCause,
): Pick<Gifts, 'couponsGiven' | 'couponsUsed'> {
  const given = couponsIn(effects).map(
    ({ name, worth, activeat, expiresat }, index): KeptCoupon => ({
      couponid: `${cause.eventid}/${index}`,
      name,
      worth,
      ...(activeat === undefined ? {} : { activeAt: activeat }),
      ...(expiresat === undefined ? {} : { expiresAt: expiresat }),
    }),
  )
  const usedIds = effects.flatMap((one) => (one.kind === 'coupon-used' ? [one.couponid] : []))
  if (given.length === 0 && usedIds.length === 0) return {}
  const held = desk.get('coupons', memberid)?.held ?? []
  const couponsUsed = held.filter((one) => usedIds.includes(one.couponid))
  const left = held.filter((one) => !usedIds.includes(one.couponid) && (one.expiresAt === undefined || one.expiresAt > cause.at))
  desk.put('coupons', memberid, { memberid, held: [...left, ...given] })
  return { couponsGiven: given.map((one) => one.couponid), couponsUsed }
}

const dayMs = 86_400_000

/** Visits that streaks may look back on, the oldest first. */
function recent(visits: readonly string[], days: number): string[] {
  const sorted = [...visits].sort()
  const oldest = new Date(Date.parse(sorted.at(-1) ?? '') - days * dayMs).toISOString()
  return sorted.filter((at) => at >= oldest)
}
