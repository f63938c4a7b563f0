import { describeError, type ErrorKey } from '#protocol/errors.ts'
import type { Fact } from '#protocol/messages.ts'
import { summaryOf } from '../booking/member.ts'
import { plainReply } from '../booking/replies.ts'
import type { Booked, Books, Entry } from './context.ts'
import type { Member } from './member-records.ts'
import { bookOccasion, occasionReply } from './occasions.ts'
import { findMember } from './people.ts'
import { lockedFor } from './persons.ts'

/** What a member said to an offer: the newest word counts, one for each offer and sale. */
export function bookReaction(books: Books, entry: Entry<Fact<'vafa.offer.reacted.v1'>>): Booked {
  const { fact, arrival, effectiveAt: at } = entry
  const { offerid, saleid, reaction: answer, operator } = fact.data
  const { member, refused } = findMember(books, fact.data.member, at)
  if (member) {
    const { memberid } = member
    const reaction = `${offerid}/${memberid}/${saleid ?? ''}`
    const known = books.desk.get('reaction', reaction)
    if (!known || known.at <= at)
      books.desk.put('reaction', reaction, {
        ...{ reaction, memberid, offerid, saleid, answer, operator, at },
        store: arrival.store,
      })
  }
  return noted(books, entry, { member, refused })
}

/** A member's answer to a survey: one for each survey, the first. */
export function bookSurveyAnswer(books: Books, entry: Entry<Fact<'vafa.survey.answered.v1'>>): Booked {
  const { fact, arrival, effectiveAt: at } = entry
  const { surveyid, option, comment } = fact.data
  const { member, refused } = findMember(books, fact.data.member, at)
  if (member) {
    const { memberid } = member
    const answer = `${surveyid}/${memberid}`
    const locked = comment === undefined ? undefined : lockedFor(books, memberid, { comment })
    if (!books.desk.get('surveyAnswer', answer)) {
      books.desk.put('surveyAnswer', answer, { answer, memberid, surveyid, option, locked, at, store: arrival.store })
      return thanked(books, entry, { member, surveyid })
    }
  }
  return noted(books, entry, { member, refused })
}

/** The first answer to a survey may earn something. */
function thanked(
  books: Books,
  { fact, arrival, effectiveAt: at }: Entry<Fact<'vafa.survey.answered.v1'>>,
  { member, surveyid }: { member: Member; surveyid: string },
): Booked {
  const { desk, programme } = books
  const { memberid } = member
  const event = desk.nextEvent()
  const before = desk.get('answered', memberid)?.surveys ?? []
  desk.put('answered', memberid, { memberid, surveys: [...before, surveyid] })
  const place = { store: arrival.store, lane: fact.subject }
  const cause = { event, eventid: fact.id, subject: surveyid, store: arrival.store, at }
  const given = bookOccasion(books, member, { event: { kind: 'survey-answered', survey: surveyid }, place, cause })
  return { event, reply: occasionReply(fact.id, given, { programme, store: arrival.store, at }) }
}

function noted(
  { desk, programme }: Books,
  { fact }: Entry,
  { member, refused = 'credential.unknown' }: { member: Member | undefined; refused: ErrorKey | undefined },
): Booked {
  const reply = plainReply(fact.id, programme.version)
  return {
    event: desk.nextEvent(),
    reply: member ? { ...reply, member: summaryOf(member) } : { ...reply, error: describeError(refused) },
  }
}
