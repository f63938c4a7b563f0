import { compile } from '#programme/compiled.ts'
import { type DecisionEvent, decide, type Place } from '#programme/decide.ts'
import { countersOf } from '#programme/limits.ts'
import type { Effect, Prompt } from '#protocol/effects.ts'
import type { Reply } from '#protocol/reply.ts'
import { balancesOf, type Outlook, summaryOf } from '../booking/member.ts'
import { plainReply } from '../booking/replies.ts'
import { earn } from '../booking/sale.ts'
import { openPurse } from '../ledger/purse.ts'
import type { Books } from './context.ts'
import { usedOf } from './counters.ts'
import { bookGifts, type GiftCause } from './gifts.ts'
import { withFacts } from './member-facts.ts'
import type { Member } from './member-records.ts'
import { saveMember } from './people.ts'

/** What an occasion gave. */
export interface OccasionBooking {
  /** As it leaves the member. */
  member: Member
  effects: Effect[]
  prompts: Prompt[]
}

/**
 * Something other than a sale that rules may be about: a sign-up, a survey, a friend's purchase, points about to
 * expire … What they give is booked under `cause.event`; where no rule is about it, nothing is looked up.
 */
export function bookOccasion(
  books: Books,
  member: Member,
  given: {
    event: Exclude<DecisionEvent, { kind: 'presented' | 'quote' | 'sale' }>
    place?: Place
    cause: GiftCause & { event: number }
  },
): OccasionBooking {
  const { event: occasion, place, cause } = given
  const { at, store } = cause
  const { memberid } = member
  const inForce = books.programmeOf(undefined, at)
  if (compile(inForce).rulesFor[occasion.kind].length === 0) return { member, effects: [], prompts: [] }
  const scope = { memberid, effectiveAt: at, store: place?.store, lane: place?.lane }
  const history = withFacts(books, member, inForce)
  const decision = decide({
    programme: inForce,
    member: history,
    context: { counters: usedOf(books, countersOf(inForce, scope)) },
    event: occasion,
    ...(place ? { place } : {}),
    effectiveAt: at,
    reasons: 'limits',
  })
  const purse = openPurse(history, at)
  // What the club gives by itself is issued by the store where the member signed up.
  for (const effect of decision.effects) earn(purse, effect, store ?? member.enrolledIn)
  books.desk.post(purse.transfers, { event: cause.event, subject: cause.subject, at })
  const begins = decision.visit?.begins ?? false
  const { more } = bookGifts(books, member, { programme: inForce, decision, spend: 0, beginsVisit: begins, cause })
  const visited = decision.visit ? { visits: decision.visit.number, lastVisitAt: later(member.lastVisitAt, at) } : {}
  saveMember(books, member, { ...member, ...purse.means(), ...visited }, more)
  return { member: books.desk.get('member', memberid) ?? member, effects: decision.effects, prompts: decision.prompts }
}

/** The reply to an event that was an occasion. */
export const occasionReply = (
  inReplyTo: string,
  { member, effects, prompts }: OccasionBooking,
  { programme, ...seen }: { programme: Books['programme'] } & Outlook,
): Reply => ({
  ...plainReply(inReplyTo, programme.version),
  member: summaryOf(member),
  balances: balancesOf(member, programme.currency, seen),
  effects,
  prompts,
})

const later = (a: string | undefined, b: string): string => (a !== undefined && a > b ? a : b)
