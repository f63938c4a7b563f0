import { compile } from '#programme/compiled.ts'
import type { MemberHistory } from '#programme/decide.ts'
import type { Need } from '#programme/needs.ts'
import type { Programme } from '#programme/schema.ts'
import type { MemberProfile } from '#protocol/messages.ts'
import type { MemberState } from '../booking/member.ts'
import type { Books } from './context.ts'
import type { Member } from './member-records.ts'
import { profileOf } from './persons.ts'

type Facts = Omit<MemberHistory, 'memberid' | 'visits' | 'purchases'>

/** Where each of what rules may ask of a member comes from. */
const factsFor: Readonly<Record<Need, (books: Books, member: Member) => Facts>> = {
  tier: (_, { rank }) => (rank ? { tier: rank.tier } : {}),
  visits: (_, { recentVisits }) => ({ recentVisits: recentVisits ?? [] }),
  coupons: ({ desk }, { memberid }) => ({ coupons: desk.get('coupons', memberid)?.held ?? [] }),
  surveys: ({ desk }, { memberid }) => ({ surveys: desk.get('answered', memberid)?.surveys ?? [] }),
  segments: () => ({}),
  referral: (_, { referredBy, friends = 0 }) => ({
    referral: { ...(referredBy === undefined ? {} : { by: referredBy }), friends },
  }),
  personal: (books, { memberid }) => {
    const personal = books.witness.personal(memberid, () => {
      const told = personalOf(profileOf(books, memberid))
      return Object.keys(told).length === 0 ? undefined : told
    })
    return { personal: personal ?? {} }
  },
  profile: (books, { memberid }) => ({
    profileFields: books.witness.note(`profile ${memberid}`, () => filledIn(profileOf(books, memberid))) ?? [],
  }),
}

/** A member with everything that the rules of a programme ask for; what they never ask is not looked up. */
export function withFacts(books: Books, member: Member, programme: Programme): Member & MemberState {
  const { needs } = compile(programme)
  if (needs.size === 0) return member
  const known = {}
  for (const need of needs) Object.assign(known, factsFor[need](books, member))
  return Object.assign(known, member)
}

function personalOf(profile: MemberProfile): NonNullable<Facts['personal']> {
  const { birthday, sex, area, education, custom } = profile as MemberProfile & NonNullable<Facts['personal']>
  return {
    ...(birthday === undefined ? {} : { birthday }),
    ...(sex === undefined ? {} : { sex }),
    ...(area === undefined ? {} : { area }),
    ...(education === undefined ? {} : { education }),
    ...(custom === undefined ? {} : { custom }),
  }
}

/** Names of the fields that say something; the club's own by their own names. */
function filledIn({ displayName, ...profile }: MemberProfile): string[] {
  const { custom, ...fields } = profile as Record<string, unknown>
  const own = Object.entries({ ...fields, ...(custom as object | undefined) })
  return [
    ...(displayName === undefined ? [] : ['name']),
    ...own.flatMap(([field, value]) => (value === undefined ? [] : [field])),
  ]
}
