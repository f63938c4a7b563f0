import { createHash } from 'node:crypto'
import type { Reply } from '#protocol/reply.ts'
import { madeUpId } from '../booking/arrival.ts'
import { partsOfUnit } from '../booking/member.ts'
import { plainReply } from '../booking/replies.ts'
import { dueOf } from '../ledger/agenda.ts'
import { openPurse } from '../ledger/purse.ts'
import { daysUntil } from '../ledger/reminders.ts'
import { accounts } from '../ledger/transfers.ts'
import { type AllowanceGrant, endAllowance, grantAllowance } from './allowances.ts'
import { nextBirthday } from './birthdays.ts'
import type { Books } from './context.ts'
import { addToDossier } from './dossiers.ts'
import { headOffice } from './head-office.ts'
import type { Member } from './member-records.ts'
import { bookOccasion, occasionReply } from './occasions.ts'
import { memberById, noteDue, saveMember } from './people.ts'
import { closeRedemption, dropHold } from './redemptions.ts'
import { rankAt } from './tiers.ts'

/**
 * An event that nobody reports: time makes it. `at` is the instant at which it was due, from which it counts; when it
 * was done is in the journal too.
 */
export type OwnEvent = { memberid: string; at: string } & (
  | { type: 'vafa.club.hold-lapsed.v1'; data: { redemptionid: string } }
  /** All that a member has of a unit and that expires by then. */
  | { type: 'vafa.club.lots-expired.v1'; data: { unit: string } }
  | { type: 'vafa.club.expiry-announced.v1'; data: { unit: string; expiresAt: string } }
  /** The tier that the member has is looked at again. */
  | { type: 'vafa.club.tier-reviewed.v1'; data: { tier: string } }
  | { type: 'vafa.club.birthday-begun.v1'; data: Record<string, never> }
  /** A friend whom the member brought in has bought for the first time. */
  | { type: 'vafa.club.friend-bought.v1'; data: { friend: string } }
  /** What a card said at one reading was shown twice. `card`: the peppered token. */
  | { type: 'vafa.club.card-copied.v1'; data: { card: string; counter: number; store: string } }
  /**
   * The box of a store may give the member something while the club is away; it may no more, and has told of all it gave; or head office (`actor`) says that this box will never tell.
   */
  | { type: 'vafa.club.allowance-granted.v1'; data: AllowanceGrant }
  | { type: 'vafa.club.allowance-ended.v1'; data: { store: string; serial: number; actor?: string; why?: string } }
)

/** What is due of a member by an instant and comes next: nothing is announced that is lost already. */
function nextDue({ memberid, holds = [], lots, rank, birthdayAt }: Member, now: string): OwnEvent | undefined {
  const first = <T>(some: readonly T[], instantOf: (one: T) => string | undefined) => {
    let found: { one: T; at: string } | undefined
    for (const one of some) {
      const at = instantOf(one)
      if (at !== undefined && at <= now && (found === undefined || at < found.at)) found = { one, at }
    }
    return found
  }
  const lapsed = first(holds, (one) => one.lapsesAt)
  if (lapsed) {
    const { redemptionid } = lapsed.one
    return { type: 'vafa.club.hold-lapsed.v1', memberid, at: lapsed.at, data: { redemptionid } }
  }
  const expired = first(lots, (one) => one.expiresAt)
  if (expired) return { type: 'vafa.club.lots-expired.v1', memberid, at: expired.at, data: { unit: expired.one.unit } }
  const announced = first(lots, (one) => one.remindAt)
  if (announced) {
    const { unit, expiresAt = '' } = announced.one
    return { type: 'vafa.club.expiry-announced.v1', memberid, at: announced.at, data: { unit, expiresAt } }
  }
  if (rank?.until !== undefined && rank.until <= now)
    return { type: 'vafa.club.tier-reviewed.v1', memberid, at: rank.until, data: { tier: rank.tier } }
  if (birthdayAt !== undefined && birthdayAt <= now)
    return { type: 'vafa.club.birthday-begun.v1', memberid, at: birthdayAt, data: {} }
  return undefined
}

/** Does what is due of a member by now, one event after another; tells how many there were. */
export function takeDue(books: Books, memberid: string): number {
  const { desk, now } = books
  for (let events = 0; ; events++) {
    const member = desk.get('member', memberid)
    const own = member && nextDue(member, now)
    if (own) {
      bookOwnEvent(books, own)
      continue
    }
    // Also where an older programme had left another instant there.
    const due = member && dueOf(member)
    if (member && member.due !== due) {
      desk.put('member', memberid, { ...member, due })
      if (due !== undefined) noteDue(desk, { due, member, now })
    }
    return events
  }
}

/** Books and journals an event of the club's own; gives its id, which follows from what happened. */
export function bookOwnEvent(books: Books, own: OwnEvent): string {
  const { desk, programme, now } = books
  const { type, at, memberid } = own
  const member = desk.get('member', memberid)
  if (!member) throw new Error(`the member ${memberid} is not there`)
  const event = desk.nextEvent()
  const text = JSON.stringify(own)
  const id = freeId(desk, text)
  const reply = perform(books, member, { own, id, event }) ?? plainReply(id, programme.version)
  addToDossier(books, memberid, { events: [event] })
  desk.put('entry', id, {
    seq: event,
    id,
    hash: createHash('sha256').update(text).digest('hex'),
    store: headOffice,
    type,
    boxid: 'club',
    sequence: 0,
    effectiveAt: at,
    receivedAt: now,
    status: 'accepted',
    body: text,
    reply: JSON.stringify(reply),
    memberid,
  })
  return id
}

/** What an event does; its reply, where it says more than that it was taken. */
function perform(
  books: Books,
  member: Member,
  { own, id, event }: { own: OwnEvent; id: string; event: number },
): Reply | undefined {
  const { programme } = books
  const { at } = own
  const cause = { eventid: id, subject: id, at, event }
  switch (own.type) {
    case 'vafa.club.expiry-announced.v1':
      return announce(books, member, { ...own.data, id, event })
    case 'vafa.club.hold-lapsed.v1':
      lapse(books, own.data.redemptionid, { event, at })
      return undefined
    case 'vafa.club.lots-expired.v1':
      expire(books, member, { unit: own.data.unit, event, at })
      return undefined
    case 'vafa.club.tier-reviewed.v1':
      return occasionReply(id, { member: reviewTier(books, member, at), effects: [], prompts: [] }, { programme, at })
    case 'vafa.club.birthday-begun.v1': {
      const waiting = saveMember(books, member, member, { birthdayAt: nextBirthday(books, member.memberid, at) })
      return occasionReply(id, bookOccasion(books, waiting, { event: { kind: 'birthday' }, cause }), { programme, at })
    }
    case 'vafa.club.friend-bought.v1': {
      const { member: thanked, ...given } = bookOccasion(books, member, { event: { kind: 'friend-bought' }, cause })
      const counted = saveMember(books, thanked, thanked, { friends: (thanked.friends ?? 0) + 1 })
      return occasionReply(id, { ...given, member: counted }, { programme, at })
    }
    case 'vafa.club.card-copied.v1':
      noteCopy(books, member, { ...own.data, id, at })
      return undefined
    case 'vafa.club.allowance-granted.v1':
      grantAllowance(books, member, own.data, { event, at })
      return undefined
    case 'vafa.club.allowance-ended.v1':
      endAllowance(books, member, own.data, { event, at })
      return undefined
  }
}

/** A tier is looked at again when it is safe no longer; the agenda then has the next such instant. */
function reviewTier(books: Books, member: Member, at: string): Member {
  const rank = rankAt(member, { programme: books.programmeOf(undefined, at), at })
  if (!rank) return saveMember(books, member, member, { rank: undefined })
  const { until, ...rest } = rank
  return saveMember(books, member, member, { rank: until !== undefined && until > at ? rank : rest })
}

/** Head office hears of it and the card's record tells; the card goes on, since it may be the true one that is shown. */
function noteCopy(
  { desk }: Books,
  { memberid }: Member,
  { card, store, id, at }: { card: string; store: string; id: string; at: string },
): void {
  const credential = desk.get('credential', card)
  if (credential) desk.put('credential', card, { ...credential, copiedAt: at })
  desk.put('alert', `${id}/0`, { alert: `${id}/0`, ruleid: 'card-copied', text: cardCopied, memberid, store, at })
}

const cardCopied = {
  fa: 'شاید از کارت این عضو نسخه‌برداری شده است: آنچه کارت یک بار گفته بود دوباره نشان داده شد. کارت تازه بدهید.',
  en: 'This member’s card may have been copied: what it had said once was shown again. Hand out a new card.',
}

/** A friend counts once, also where the first purchase was undone and made again. */
export function thankForFriend(books: Books, newcomer: string, at: string): void {
  const friend = memberById(books, newcomer)
  // A reversal that had come first has undone the purchase at once.
  if (!friend || friend.purchases === 0) return
  const referrer = friend.referredBy === undefined ? undefined : memberById(books, friend.referredBy)
  if (!referrer || referrer.memberid === friend.memberid || referrer.erasedAt !== undefined) return
  const { memberid } = referrer
  const once = `friend ${friend.memberid}`
  if (books.desk.get('original', once)) return
  const id = bookOwnEvent(books, { type: 'vafa.club.friend-bought.v1', memberid, at, data: { friend: friend.memberid } })
  books.desk.put('original', once, { originalid: once, id })
}

/** The same can happen again at the same instant: what expired once can come back by a return and expire once more. */
function freeId(desk: Books['desk'], text: string): string {
  for (let attempt = 0; ; attempt++) {
    const id = madeUpId(createHash('sha256').update(`${attempt} ${text}`).digest())
    if (!desk.get('entry', id)) return id
  }
}

/** Nobody came back to what was held: it is the member's again. */
function lapse(books: Books, redemptionid: string, { event, at }: { event: number; at: string }): void {
  const redemption = books.desk.get('redemption', redemptionid)
  if (!redemption) throw new Error(`the redemption ${redemptionid} is not there`)
  dropHold(books, redemption, { event, at })
  closeRedemption(books, redemption, 'lapsed')
}

/** What was not used in time is lost. */
function expire(books: Books, member: Member, { unit, event, at }: { unit: string; event: number; at: string }): void {
  const purse = openPurse(member, at)
  const to = unit === 'credit' ? accounts.expired : accounts.expiredUnit(unit)
  purse.expire(unit, to, { kind: unit === 'credit' ? 'credit-expired' : 'points-expired', ruleid: 'expiry' })
  books.desk.post(purse.transfers, { event, subject: `expiry:${unit}`, at })
  saveMember(books, member, { ...member, ...purse.means() })
}

/**
 * The rules about what runs out say what the member is told, as of now: the club may have been away at the instant.
 * Then the next announcement of these lots is waited for.
 */
function announce(
  books: Books,
  member: Member,
  { unit, expiresAt, id, event }: { unit: string; expiresAt: string; id: string; event: number },
): Reply {
  const { now: at, programme } = books
  const expiring = member.lots.filter((one) => one.unit === unit && one.expiresAt === expiresAt)
  const amount = expiring.reduce((sum, one) => sum + one.left, 0)
  const days = daysUntil(programme, { from: at, to: expiresAt })
  // To lots that were not there before, the programme gives the instant of their next announcement.
  const others = member.lots.filter((one) => !expiring.includes(one))
  const waiting = saveMember(books, { ...member, lots: others }, member)
  const occasion =
    unit === 'credit'
      ? { kind: 'credit-expiring' as const, amount, days }
      : { kind: 'points-expiring' as const, name: partsOfUnit(unit).name, amount, days }
  const cause = { eventid: id, subject: id, at, event }
  return occasionReply(id, bookOccasion(books, waiting, { event: occasion, cause }), { programme, at })
}
