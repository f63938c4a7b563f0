import { compile } from '#programme/compiled.ts'
import { describeError } from '#protocol/errors.ts'
import type { Fact } from '#protocol/messages.ts'
import { summaryOf } from '../booking/member.ts'
import { plainReply } from '../booking/replies.ts'
import type { Booked, Books, Entry } from './context.ts'
import { bookOccasion, occasionReply } from './occasions.ts'
import { findMember } from './people.ts'
import { noteTap } from './visits.ts'

/** A tap with no sale: it counts as a visit where the programme has rules about visits, and is journalled in any case. */
export function bookTap(books: Books, { fact, arrival, effectiveAt: at }: Entry<Fact<'vafa.visit.recorded.v1'>>): Booked {
  const { desk, programme } = books
  const { store } = arrival
  const { member, refused } = findMember(books, fact.data.member, at)
  const event = desk.nextEvent()
  if (!member) return { event, reply: { ...plainReply(fact.id, programme.version), error: describeError(refused) } }
  if (!compile(books.programmeOf(undefined, at)).occasions.has('visit'))
    return { event, reply: { ...plainReply(fact.id, programme.version), member: summaryOf(member) } }
  noteTap(desk, member, at)
  const place = { store, lane: fact.subject }
  const cause = { event, eventid: fact.id, subject: fact.id, store, at }
  const given = bookOccasion(books, member, { event: { kind: 'visit' }, place, cause })
  return { event, reply: occasionReply(fact.id, given, { programme, store, at }) }
}
