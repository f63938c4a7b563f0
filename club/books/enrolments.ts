import type { ErrorKey } from '#protocol/errors.ts'
import type { Fact, MemberProfile } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import { nextBirthday } from './birthdays.ts'
import { erasedReply, knownMember, linkCredential, standingOf } from './cards.ts'
import { type Booked, type Books, type Entry, SetAside } from './context.ts'
import { addToDossier, letFingersGo, noteCandidate } from './dossiers.ts'
import type { Member } from './member-records.ts'
import { bookOccasion } from './occasions.ts'
import { createMember, memberById, memberByNumber, memberReply, saveMember } from './people.ts'
import { openProfile, ownerOfMobile, saveConsents, saveProfile, withoutMobile } from './persons.ts'

type Enrolment = Entry<Fact<'vafa.member.enrolled.v1'>>

/** A sign-up. Whoever is known by a credential or by the mobile stays one member: the reply says which. */
export function bookEnrolment(books: Books, { fact, arrival, effectiveAt: at }: Enrolment): Booked {
  const { desk } = books
  const { memberid, credentials, consents, profile: sealed, referredBy } = fact.data
  const { store } = arrival
  if (desk.get('erasure', memberid)) return erasedReply(books, fact.id, desk.nextEvent())
  const profile = sealed && openProfile(books, sealed)
  const standings = credentials.map((one) => standingOf(books, one, at))
  const refused = standings.find((one) => one.is === 'refused')
  if (refused && standings.every((one) => one.is === 'refused'))
    throw new SetAside(refused.key, 'credentials: none of them can be a member’s')
  const holders = standings.flatMap((one) => (one.is === 'held' ? [one.by] : []))
  const mobileOwner = ownerOfMobile(books, profile)
  const known = holders[0] ?? mobileOwner ?? memberById(books, memberid)
  const event = desk.nextEvent()
  const member = known ?? createMember(books, memberid, { store, at })
  if (member.memberid !== memberid && !desk.get('alias', memberid))
    desk.put('alias', memberid, { memberid, standsFor: member.memberid })
  if (!known) noteReferral(books, member, referredBy)

  let problem: ErrorKey | undefined
  for (const credential of credentials) {
    const failed = linkCredential(books, member, credential, { event, at })
    if (failed !== 'credential.unproven') problem ??= failed
  }
  // A mobile stays with who has it already; joining two members is a decision of its own.
  const taken = mobileOwner !== undefined && mobileOwner.memberid !== member.memberid
  if (profile) saveProfile(books, member, taken ? withoutMobile(profile) : profile)
  if (taken) {
    noteCandidate(books, { first: member.memberid, second: mobileOwner.memberid, why: 'mobile', event, at })
    problem ??= 'mobile.taken'
  }
  saveConsents(books, member, consents, { store, event, at })
  letFingersGo(books, member.memberid, consents)
  addToDossier(books, member.memberid, { events: [event] })
  const given = reward(books, member, { event, fact, store, at }, [
    ...(known ? [] : (['enrolled'] as const)),
    ...(toldOf(books, profile) ? (['profile-completed'] as const) : []),
  ])
  return {
    event,
    reply: { ...memberReply(books, { inReplyTo: fact.id, member: given.member, at, store, problem }), ...given.gained },
    ...(profile ? { personal: { memberid: member.memberid, fields: profile } } : {}),
  }
}

/** A number that is nobody's is no reason to refuse anybody. */
function noteReferral(books: Books, member: Member, referredBy: string | undefined): void {
  const friend = referredBy === undefined ? undefined : memberByNumber(books, referredBy)
  if (!friend || friend.erasedAt !== undefined || friend.memberid === member.memberid) return
  books.desk.put('member', member.memberid, { ...member, referredBy: friend.memberid })
}

/** Newer fields replace older ones; consents are added, and none is ever changed. */
export function bookUpdate(books: Books, { fact, arrival, effectiveAt: at }: Entry<Fact<'vafa.member.updated.v1'>>): Booked {
  const { memberid, profile: sealed, consents } = fact.data
  const { store } = arrival
  const member = knownMember(books, memberid)
  const profile = sealed && openProfile(books, sealed)
  const event = books.desk.nextEvent()
  if (member.erasedAt !== undefined) return erasedReply(books, fact.id, event)
  const owner = ownerOfMobile(books, profile)
  const taken = owner !== undefined && owner.memberid !== member.memberid
  if (profile) saveProfile(books, member, taken ? withoutMobile(profile) : profile)
  if (taken) noteCandidate(books, { first: member.memberid, second: owner.memberid, why: 'mobile', event, at })
  saveConsents(books, member, consents, { store, event, at })
  letFingersGo(books, member.memberid, consents)
  addToDossier(books, member.memberid, { events: [event] })
  const given = reward(books, member, { event, fact, store, at }, toldOf(books, profile) ? ['profile-completed'] : [])
  const problem = taken ? 'mobile.taken' : undefined
  return {
    event,
    reply: { ...memberReply(books, { inReplyTo: fact.id, member: given.member, at, store, problem }), ...given.gained },
    ...(profile ? { personal: { memberid: member.memberid, fields: profile } } : {}),
  }
}

/** Whether a message told anything of the person; what it told is not in the journal once the person is forgotten. */
const toldOf = ({ witness }: Books, profile: MemberProfile | undefined): boolean =>
  witness.note('profile', () => (profile ? true : undefined)) === true

/** What rules give for a sign-up and for a profile that gained fields. */
function reward(
  books: Books,
  { memberid }: Member,
  { event, fact, store, at }: { event: number; fact: Fact; store: string; at: string },
  occasions: readonly ('enrolled' | 'profile-completed')[],
): { member: Member; gained: Pick<Reply, 'effects' | 'prompts'> } {
  const gained: Pick<Reply, 'effects' | 'prompts'> = { effects: [], prompts: [] }
  let member = memberNow(books, memberid)
  if (occasions.includes('profile-completed'))
    member = saveMember(books, member, member, { birthdayAt: nextBirthday(books, memberid, at) })
  for (const kind of occasions) {
    const cause = { event, eventid: `${fact.id}/${kind}`, subject: memberid, store, at }
    const given = bookOccasion(books, member, { event: { kind }, place: { store, lane: fact.subject }, cause })
    member = given.member
    gained.effects.push(...given.effects)
    gained.prompts.push(...given.prompts)
  }
  return { member, gained }
}

function memberNow({ desk }: Books, memberid: string): Member {
  const member = desk.get('member', memberid)
  if (!member) throw new Error(`the member ${memberid} is not there`)
  return member
}
