import { bodyHash } from '#protocol/envelope.ts'
import { plainReply } from '../booking/replies.ts'
import { ownId } from '../own-id.ts'
import type { Books, Entry } from './context.ts'
import { addToDossier } from './dossiers.ts'
import { headOffice } from './head-office.ts'
import { bookOccasion } from './occasions.ts'
import { memberById } from './people.ts'
import type { Member } from './records.ts'

/** Whether a purchase is the first of somebody whom a friend brought in. */
export const isFirstOfFriend = ({ referredBy, purchases }: Member): boolean => referredBy !== undefined && purchases === 0

/**
 * Who was brought in by a member has bought for the first time: an event of the club's own, once for each newcomer for
 * ever. Whether the purchase is undone later changes nothing of it.
 */
export function bookFriend(books: Books, memberid: string, { fact, arrival, effectiveAt: at }: Entry): void {
  const { desk, programme } = books
  const newcomer = memberById(books, memberid)
  // A reversal that had come first has undone the purchase at once.
  if (!newcomer || newcomer.referredBy === undefined || newcomer.purchases === 0) return
  const friend = memberById(books, newcomer.referredBy)
  if (!friend || friend.erasedAt !== undefined || friend.memberid === newcomer.memberid) return
  const id = ownId('friend bought', newcomer.memberid)
  if (desk.get('entry', id)) return
  const { store } = arrival
  const own = { id, type: 'vafa.friend.bought.v1', at, memberid: friend.memberid, data: { newcomer: newcomer.memberid } }
  const event = desk.nextEvent()
  const place = { store, lane: fact.subject }
  const cause = { event, eventid: id, subject: newcomer.memberid, store, at }
  const { member, effects, prompts } = bookOccasion(books, friend, { event: { kind: 'friend-bought' }, place, cause })
  desk.put('member', member.memberid, { ...member, friends: (member.friends ?? 0) + 1 })
  addToDossier(books, member.memberid, { events: [event] })
  desk.put('entry', id, {
    seq: event,
    id,
    hash: bodyHash(own),
    store: headOffice,
    type: own.type,
    boxid: 'club',
    sequence: 0,
    effectiveAt: at,
    receivedAt: arrival.receivedat,
    status: 'accepted',
    body: JSON.stringify(own),
    reply: JSON.stringify({ ...plainReply(id, programme.version), effects, prompts }),
    memberid: member.memberid,
  })
}
