import { describeError } from '#protocol/errors.ts'
import type { Fact } from '#protocol/messages.ts'
import { summaryOf } from '../booking/member.ts'
import { plainReply } from '../booking/replies.ts'
import type { Booked, Books, Entry } from './context.ts'
import { findMember } from './people.ts'

/** A tap with no sale. No rule can be about one yet, so it is journalled and counts as no visit. */
export function bookTap(books: Books, { fact, effectiveAt }: Entry<Fact<'vafa.visit.recorded.v1'>>): Booked {
  const { desk, programme } = books
  const { member, refused } = findMember(books, fact.data.member, effectiveAt)
  const reply = plainReply(fact.id, programme.version)
  return {
    event: desk.nextEvent(),
    reply: member ? { ...reply, member: summaryOf(member) } : { ...reply, error: describeError(refused) },
  }
}
