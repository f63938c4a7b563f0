import type { Credential } from '#protocol/credentials.ts'
import { type MemberProfile, memberProfile } from '#protocol/messages.ts'
import { type MemberState, memberNumber } from '../booking/member.ts'
import type { Books } from './context.ts'
import type { Member } from './records.ts'

/** The member of an id, also of one that a box made for who was a member already. */
export function memberById({ desk }: Books, memberid: string): Member | undefined {
  const member = desk.get('member', memberid)
  if (member) return member
  const alias = desk.get('alias', memberid)
  return alias && desk.get('member', alias.standsFor)
}

export function memberByCredential(books: Books, { token }: Credential): Member | undefined {
  const credential = token === undefined ? undefined : books.desk.get('credential', books.pepper.token(token))
  return credential && memberById(books, credential.memberid)
}

export function memberByMobile(books: Books, mobile: string): Member | undefined {
  const known = books.desk.get('mobile', books.pepper.mobile(mobile))
  return known && memberById(books, known.memberid)
}

export function createMember({ desk }: Books, memberid: string, origin: { store: string; at: string }): Member {
  const member = desk.nextMember()
  const fresh: Member = {
    member,
    memberid,
    number: memberNumber(member),
    enrolledAt: origin.at,
    enrolledIn: origin.store,
    visits: 0,
    purchases: 0,
    credit: 0,
    units: {},
    lots: [],
  }
  desk.put('member', memberid, fresh)
  return fresh
}

/** Puts a member as a booking leaves them. */
export function saveMember(
  { desk }: Books,
  { lastVisitAt: _, holds: __, ...before }: Member,
  { visits, purchases, lastVisitAt, credit, units, lots, holds }: MemberState,
  more: Partial<Member> = {},
): void {
  const seen = lastVisitAt === undefined ? {} : { lastVisitAt }
  const held = holds === undefined || holds.length === 0 ? {} : { holds }
  desk.put('member', before.memberid, { ...before, visits, purchases, ...seen, credit, units, lots, ...held, ...more })
}

/** Credentials that belong to somebody stay with them. */
export function linkCredential({ desk, pepper }: Books, { kind, keyid, token }: Credential, member: Member, at: string): void {
  if (token === undefined) return
  const peppered = pepper.token(token)
  if (desk.get('credential', peppered)) return
  desk.put('credential', peppered, { token: peppered, memberid: member.memberid, kind, keyid, linkedAt: at })
}

export function profileOf({ desk, pepper }: Books, memberid: string): MemberProfile {
  const kept = desk.get('profile', memberid)
  return kept ? memberProfile.parse(pepper.unlock(Buffer.from(kept.locked, 'base64'), memberid)) : {}
}

/** The newer fields replace the older ones. */
export function saveProfile(books: Books, { memberid }: Member, given: MemberProfile): void {
  const { desk, pepper } = books
  const before = profileOf(books, memberid)
  const merged = { ...before, ...given }
  if (before.mobile !== undefined && before.mobile !== merged.mobile) desk.drop('mobile', pepper.mobile(before.mobile))
  if (merged.mobile !== undefined) {
    const mobile = pepper.mobile(merged.mobile)
    desk.put('mobile', mobile, { mobile, memberid })
  }
  desk.put('profile', memberid, { memberid, locked: pepper.lock(merged, memberid).toString('base64') })
}

export function saveConsents(
  { desk }: Books,
  { memberid }: Member,
  given: readonly { purpose: string; channel?: string | undefined; given: boolean }[],
  cause: { store: string; event: number; at: string },
): void {
  if (given.length === 0) return
  const before = desk.get('consents', memberid)?.history ?? []
  const added = given.map(({ purpose, channel, given: yes }) => ({
    purpose,
    ...(channel === undefined ? {} : { channel }),
    given: yes,
    ...cause,
  }))
  desk.put('consents', memberid, { memberid, history: [...before, ...added] })
}

/** Names that were opened lately, by member: a box asks about the same one several times in a purchase. */
const namesKept = 1_000

/** What a member wants to be called, to go beside a reply; opened profiles stay in memory for a while, never on disk. */
export function createNames(books: Books) {
  const names = new Map<string, { locked: string; name: string | undefined }>()
  return (memberid: string): string | undefined => {
    const member = memberById(books, memberid)
    const locked = member && books.desk.get('profile', member.memberid)?.locked
    if (!member || locked === undefined) return undefined
    const known = names.get(member.memberid)
    if (known?.locked === locked) return known.name
    const name = profileOf(books, member.memberid).displayName
    names.delete(member.memberid)
    names.set(member.memberid, { locked, name })
    if (names.size > namesKept) names.delete(names.keys().next().value ?? '')
    return name
  }
}
