import { createHash } from 'node:crypto'
import { madeUpId } from '../booking/arrival.ts'
import { plainReply } from '../booking/replies.ts'
import { dueOf } from '../ledger/agenda.ts'
import { openPurse } from '../ledger/purse.ts'
import { accounts } from '../ledger/transfers.ts'
import type { Books } from './context.ts'
import { addToDossier } from './dossiers.ts'
import { headOffice } from './head-office.ts'
import { saveMember } from './people.ts'
import type { Member } from './records.ts'
import { closeRedemption, dropHold } from './redemptions.ts'

/** Events that no store reports: time makes them. Their source is the club. */
export type OwnEventType = 'vafa.hold.lapsed.v1' | 'vafa.lots.expired.v1'

interface OwnEvent {
  type: OwnEventType
  /** The instant at which it was due, from which it counts. */
  at: string
  memberid: string
  data: Record<string, string | number>
}

/**
 * Does what is due of a member by `now`, one event after another in the order of their instants; tells how many
 * there were.
 */
export function takeDue(books: Books, memberid: string, now: string): number {
  const { desk } = books
  for (let events = 0; ; ) {
    const member = desk.get('member', memberid)
    const due = member && dueOf(member)
    if (!member || due === undefined) {
      desk.drop('agenda', memberid)
      return events
    }
    if (due > now) {
      desk.put('agenda', memberid, { memberid, due })
      return events
    }
    const lapsed = member.holds?.find((one) => one.lapsesAt === due)
    events += lapsed ? lapse(books, member, lapsed.redemptionid, { at: due, now }) : expire(books, member, { at: due, now })
  }
}

interface When {
  at: string
  now: string
}

/** Nobody came back to what was held: it is the member's again. */
function lapse(books: Books, member: Member, redemptionid: string, { at, now }: When): number {
  const redemption = books.desk.get('redemption', redemptionid)
  if (!redemption) throw new Error(`the redemption ${redemptionid} is not there`)
  const own: OwnEvent = { type: 'vafa.hold.lapsed.v1', at, memberid: member.memberid, data: { redemptionid } }
  const event = journalOwn(books, own, now)
  dropHold(books, redemption, { event, at })
  closeRedemption(books, redemption, 'lapsed')
  return 1
}

/** What was not used in time is lost: one event for each unit. */
function expire(books: Books, member: Member, { at, now }: When): number {
  const { desk } = books
  const expired = member.lots.filter(({ expiresAt }) => expiresAt !== undefined && expiresAt <= at)
  const units = new Set(expired.map((one) => one.unit))
  let current = member
  for (const unit of units) {
    const purse = openPurse(current, at)
    const to = unit === 'credit' ? accounts.expired : accounts.expiredUnit(unit)
    const kind = unit === 'credit' ? 'credit-expired' : 'points-expired'
    const { amount } = purse.expire(unit, to, { kind, ruleid: 'expiry' })
    const event = journalOwn(books, { type: 'vafa.lots.expired.v1', at, memberid: member.memberid, data: { unit, amount } }, now)
    desk.post(purse.transfers, { event, subject: member.memberid, at })
    addToDossier(books, member.memberid, { events: [event] })
    current = saveMember(books, current, { ...current, ...purse.means() })
  }
  return units.size
}

/** Journals an event of the club's own; gives its place. Its id follows from what happened. */
function journalOwn({ desk, programme }: Books, own: OwnEvent, now: string): number {
  const { type, at, memberid } = own
  const text = JSON.stringify(own)
  const event = desk.nextEvent()
  const id = freeId(desk, text)
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
    reply: JSON.stringify(plainReply(id, programme.version)),
    memberid,
  })
  return event
}

/** The same can happen again at the same instant: what expired once can come back by a return and expire once more. */
function freeId(desk: Books['desk'], text: string): string {
  for (let attempt = 0; ; attempt++) {
    const id = madeUpId(createHash('sha256').update(`${attempt} ${text}`).digest())
    if (!desk.get('entry', id)) return id
  }
}
