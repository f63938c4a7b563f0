import type { Credential } from '#protocol/credentials.ts'
import type { ErrorKey } from '#protocol/errors.ts'
import { describeError } from '#protocol/errors.ts'
import type { Reply } from '#protocol/reply.ts'
import { normaliseText } from '#protocol/text.ts'
import { balancesOf, type MemberState, memberNumber, summaryOf } from '../booking/member.ts'
import { plainReply } from '../booking/replies.ts'
import { dueOf } from '../ledger/agenda.ts'
import { withReminders } from '../ledger/reminders.ts'
import { memberDisplay } from '../receipt-of.ts'
import type { Books } from './context.ts'
import type { Desk } from './desk.ts'
import type { CredentialRecord, Member } from './member-records.ts'
import { profileOf } from './persons.ts'
import { isByRetiredKey, knownAs } from './rekeying.ts'

/** The member of an id, also of one that a box made for who was a member already, or that was joined with another. */
export function memberById({ desk }: Books, memberid: string): Member | undefined {
  for (let id = memberid; ; ) {
    const member = desk.get('member', id)
    if (member && member.mergedInto === undefined) return member
    const next = member?.mergedInto ?? desk.get('alias', id)?.standsFor
    if (next === undefined) return undefined
    id = next
  }
}

/** By the number on the card or receipt, in any digits. */
export function memberByNumber(books: Books, number: string): Member | undefined {
  const known = books.desk.get('number', normaliseText(number))
  return known && memberById(books, known.memberid)
}

export type Found = { member: Member; refused?: undefined } | { member?: undefined; refused: ErrorKey }

/** Whether a credential was still good at an instant: what a card did before it was lost stands. */
export const isGood = ({ state, since }: CredentialRecord, at: string): boolean =>
  state === undefined || since === undefined || at < since

/** Whom a credential identified at an instant, or why nobody. */
export function findMember(books: Books, shown: Credential, at: string): Found {
  // What only the club could have verified, and did not.
  if (shown.token === undefined) return { refused: 'credential.unproven' }
  if (isByRetiredKey(books, shown, at)) return { refused: 'credential.key-retired' }
  const credential = books.desk.get('credential', knownAs(books, shown))
  if (credential && !isGood(credential, at)) return { refused: 'card.blocked' }
  const member = credential?.memberid === undefined ? undefined : memberById(books, credential.memberid)
  return member ? { member } : { refused: 'credential.unknown' }
}

export function createMember({ desk }: Books, memberid: string, origin: { store: string; at: string }): Member {
  const member = desk.nextMember()
  const number = memberNumber(member)
  const fresh: Member = {
    member,
    memberid,
    number,
    enrolledAt: origin.at,
    enrolledIn: origin.store,
    visits: 0,
    purchases: 0,
    credit: 0,
    units: {},
    lots: [],
  }
  desk.put('member', memberid, fresh)
  desk.put('number', number, { number, memberid })
  return fresh
}

/**
 * So that the agenda is in the order of what is due; of what is due at one instant (what a day's sales gave often ends
 * together) the newest comes last, so that a batch adds to the end of one place instead of to everybody's own.
 */
export function noteDue(desk: Desk, { due, member, now }: { due: string; member: Member; now: string }): void {
  const agenda = `${due}/${now}/${member.member}`
  desk.put('agenda', agenda, { agenda, memberid: member.memberid })
}

/** Puts a member as a booking leaves them, and when something of theirs is due. */
export function saveMember(
  { desk, programme, now }: Books,
  { lastVisitAt: _, holds: __, due: before, ...kept }: Member,
  { visits, purchases, lastVisitAt, credit, units, holds = [], ...state }: MemberState,
  more: Partial<Member> = {},
): Member {
  const { memberid } = kept
  const lots = withReminders(programme, { before: kept.lots, lots: state.lots, now })
  const next: Member = {
    ...kept,
    visits,
    purchases,
    ...(lastVisitAt === undefined ? {} : { lastVisitAt }),
    credit,
    units,
    lots,
    ...(holds.length === 0 ? {} : { holds }),
    ...more,
  }
  const due = dueOf(next)
  const member: Member = due === undefined ? next : { ...next, due }
  desk.put('member', memberid, member)
  if (due !== undefined && due !== before) noteDue(desk, { due, member, now })
  return member
}

/** What is answered to a message about a member: who it is and how they stand, and what of it could not be done. */
export function memberReply(
  { shops, programme }: Books,
  given: { inReplyTo: string; member: Member; at: string; store?: string; problem?: ErrorKey | undefined },
): Reply {
  const { inReplyTo, member, at, store, problem } = given
  const shop = store === undefined ? undefined : shops.get(store)
  return {
    ...plainReply(inReplyTo, programme.version),
    ...(problem === undefined ? {} : { error: describeError(problem) }),
    member: summaryOf(member),
    balances: balancesOf(member, programme.currency, { store, at }),
    ...(shop ? { display: memberDisplay(shop, member, programme.currency, at) } : {}),
  }
}

/** Names that were opened lately, by member: a box asks about the same one several times in a purchase. */
const namesKept = 1_000

/** What a member wants to be called, to go beside a reply; opened profiles stay in memory for a while, never on disk. */
export function createNames(books: Books) {
  const names = new Map<string, { locked: string; name: string | undefined }>()
  return (memberid: string): string | undefined => {
    const member = memberById(books, memberid)
    const locked = member && books.desk.get('profile', member.memberid)?.locked
    if (!member || locked === undefined) return undefined
    const known = names.get(member.memberid)
    if (known?.locked === locked) return known.name
    const name = profileOf(books, member.memberid).displayName
    names.delete(member.memberid)
    names.set(member.memberid, { locked, name })
    if (names.size > namesKept) names.delete(names.keys().next().value ?? '')
    return name
  }
}
