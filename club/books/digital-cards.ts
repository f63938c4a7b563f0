import type { Acted, ActOf } from './acts.ts'
import { type Books, SetAside } from './context.ts'
import { addToDossier } from './dossiers.ts'
import type { Member } from './member-records.ts'
import { memberReply } from './people.ts'

/** A member gets a card on the phone: its code changes every half minute, and only the club can tell whether it is good. */
export function issueDigitalCard(
  books: Books,
  member: Member,
  { id: inReplyTo, at, data }: ActOf<'vafa.club.digital-card-issued.v1'>,
): Acted {
  const { desk, pepper } = books
  const { memberid } = member
  const token = pepper.token(data.token)
  if (desk.get('credential', token)) throw new SetAside('card.taken', 'this card has been issued before')
  const event = desk.nextEvent()
  desk.put('credential', token, { token, memberid, kind: 'qr', keyid: 'codes', linkedAt: at, secret: data.secret })
  addToDossier(books, memberid, { tokens: [token], events: [event] })
  return { event, reply: memberReply(books, { inReplyTo, member, at }) }
}
