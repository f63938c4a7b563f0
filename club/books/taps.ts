import { describeError } from '#protocol/errors.ts'
import type { Fact } from '#protocol/messages.ts'
import { summaryOf } from '../booking/member.ts'
import { plainReply } from '../booking/replies.ts'
import type { Booked, Books, Entry } from './context.ts'
import { memberByCredential } from './people.ts'

/** A tap with no sale. No rule can be about one yet, so it is journalled and counts as no visit. */
export function bookTap({ desk, programme, ...books }: Books, { fact }: Entry<Fact<'vafa.visit.recorded.v1'>>): Booked {
  const member = memberByCredential({ desk, programme, ...books }, fact.data.member)
  const reply = plainReply(fact.id, programme.version)
  return {
    event: desk.nextEvent(),
    reply: member ? { ...reply, member: summaryOf(member) } : { ...reply, error: describeError('credential.unknown') },
  }
}
