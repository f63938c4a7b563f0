import { type Fact, type MemberProfile, memberProfile, type Sealed } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import { unseal } from '#protocol/sealing.ts'
import { messageOf } from '#runtime/errors.ts'
import { balancesOf, summaryOf } from '../booking/member.ts'
import { plainReply } from '../booking/replies.ts'
import { memberDisplay } from '../receipt-of.ts'
import { type Booked, type Entry, SetAside, type SqliteParts } from './sqlite-parts.ts'

/** Sign-ups. Whoever is known by a credential or by the mobile stays one member: the reply says which. */
export function sqliteEnrolments({ shops, programme, sealingKey, journal, members }: SqliteParts) {
  function open(sealed: Sealed): MemberProfile {
    let opened: unknown
    try {
      opened = unseal(sealed, sealingKey)
    } catch (error) {
      throw new SetAside('request.invalid', `profile: cannot be opened: ${messageOf(error)}`)
    }
    const profile = memberProfile.safeParse(opened)
    if (!profile.success)
      throw new SetAside('request.invalid', `profile: ${profile.error.issues[0]?.path.join('.')} is not valid`)
    return profile.data
  }

  function enrolled({ fact, arrival, effectiveAt: at }: Entry<Fact<'vafa.member.enrolled.v1'>>): Booked {
    const { memberid, credentials, consents, profile: sealed } = fact.data
    const { store } = arrival
    const profile = sealed && open(sealed)
    const mobileOwner = profile?.mobile === undefined ? undefined : members.byMobile(profile.mobile)
    const known =
      credentials.map((one) => members.byCredential(one)).find((one) => one !== undefined) ??
      mobileOwner ??
      members.byId(memberid)
    const member = known ?? members.create(memberid, { store, at })
    if (member.memberid !== memberid) members.alias(memberid, member)
    for (const credential of credentials) members.link(credential, member, at)
    if (profile) {
      const { mobile, ...rest } = profile
      // A mobile stays with who has it already; joining two members is a decision of its own.
      const free = mobileOwner === undefined || mobileOwner.row === member.row
      members.saveProfile(member, mobile !== undefined && free ? { ...rest, mobile } : rest)
    }
    const seq = journal.nextSeq()
    for (const consent of consents) members.saveConsent(member, consent, { store, event: seq, at })
    const shop = shops.get(store)
    const reply: Reply = {
      ...plainReply(fact.id, programme.version),
      member: summaryOf(member),
      balances: balancesOf(member, programme.currency),
      ...(shop ? { display: memberDisplay(shop, member, programme.currency) } : {}),
    }
    return { seq, reply }
  }

  return { enrolled }
}
