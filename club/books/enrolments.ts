import { type Fact, type MemberProfile, memberProfile, type Sealed } from '#protocol/messages.ts'
import { unseal } from '#protocol/sealing.ts'
import { messageOf } from '#runtime/errors.ts'
import { balancesOf, summaryOf } from '../booking/member.ts'
import { plainReply } from '../booking/replies.ts'
import { memberDisplay } from '../receipt-of.ts'
import { type Booked, type Books, type Entry, SetAside } from './context.ts'
import {
  createMember,
  linkCredential,
  memberByCredential,
  memberById,
  memberByMobile,
  saveConsents,
  saveProfile,
} from './people.ts'

/** A profile that a box sealed to the club. */
export function openProfile({ sealingKey }: Books, sealed: Sealed): MemberProfile {
  let opened: unknown
  try {
    opened = unseal(sealed, sealingKey)
  } catch (error) {
    throw new SetAside('request.invalid', `profile: cannot be opened: ${messageOf(error)}`)
  }
  const profile = memberProfile.safeParse(opened)
  if (!profile.success) throw new SetAside('request.invalid', `profile: ${profile.error.issues[0]?.path.join('.')} is not valid`)
  return profile.data
}

/** A sign-up. Whoever is known by a credential or by the mobile stays one member: the reply says which. */
export function bookEnrolment(books: Books, { fact, arrival, effectiveAt: at }: Entry<Fact<'vafa.member.enrolled.v1'>>): Booked {
  const { desk, shops, programme } = books
  const { memberid, credentials, consents, profile: sealed } = fact.data
  const { store } = arrival
  const profile = sealed && openProfile(books, sealed)
  // Only the id: who forgets the person must not find the mobile in the journal.
  const mobileOwnerId = books.witness.note('mobileOwner', () =>
    profile?.mobile === undefined ? undefined : memberByMobile(books, profile.mobile)?.memberid,
  )
  const mobileOwner = mobileOwnerId === undefined ? undefined : memberById(books, mobileOwnerId)
  const known =
    credentials.map((one) => memberByCredential(books, one)).find((one) => one !== undefined) ??
    mobileOwner ??
    memberById(books, memberid)
  const member = known ?? createMember(books, memberid, { store, at })
  if (member.memberid !== memberid && !desk.get('alias', memberid))
    desk.put('alias', memberid, { memberid, standsFor: member.memberid })
  for (const credential of credentials) linkCredential(books, credential, member, at)
  if (profile) {
    const { mobile, ...rest } = profile
    // A mobile stays with who has it already; joining two members is a decision of its own.
    const free = mobileOwner === undefined || mobileOwner.memberid === member.memberid
    saveProfile(books, member, mobile !== undefined && free ? { ...rest, mobile } : rest)
  }
  const event = desk.nextEvent()
  saveConsents(books, member, consents, { store, event, at })
  const shop = shops.get(store)
  return {
    event,
    reply: {
      ...plainReply(fact.id, programme.version),
      member: summaryOf(member),
      balances: balancesOf(member, programme.currency, at),
      ...(shop ? { display: memberDisplay(shop, member, programme.currency, at) } : {}),
    },
  }
}
