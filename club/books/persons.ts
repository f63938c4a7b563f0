import { type MemberProfile, memberProfile, type Sealed } from '#protocol/messages.ts'
import { unseal } from '#protocol/sealing.ts'
import { messageOf } from '#runtime/errors.ts'
import type { PersonKey } from '../pepper.ts'
import { type Books, SetAside } from './context.ts'
import { addToDossier, dossierOf } from './dossiers.ts'
import type { Consents, Member } from './member-records.ts'
import { memberById } from './people.ts'

// What is personal: it stands under the person's own key and goes when that key goes; the books stay.

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

/** The person's key; a fresh one where there is none yet. */
function keyOf({ desk, pepper }: Books, memberid: string): PersonKey {
  const known = desk.get('profile', memberid)
  if (known) return { memberid, wrapped: known.wrapped }
  const fresh = { memberid, wrapped: pepper.newPersonKey(memberid) }
  desk.put('profile', memberid, fresh)
  return fresh
}

/** Personal fields of a message as the journal may keep them: nobody reads them once the member is erased. */
export const lockedFor = (books: Books, memberid: string, personal: unknown): string =>
  books.pepper.lock(personal, keyOf(books, memberid))

/** Opens what `lockedFor` locked; undefined where the key was destroyed. */
export function unlockedOf({ desk, pepper }: Books, memberid: string, locked: string): unknown {
  const key = desk.get('profile', memberid)
  return key && pepper.unlock(locked, key)
}

export function profileOf({ desk, pepper }: Books, memberid: string): MemberProfile {
  const kept = desk.get('profile', memberid)
  return kept?.locked === undefined ? {} : memberProfile.parse(pepper.unlock(kept.locked, kept))
}

/** Whose the mobile of a profile is; the journal notes the id only, since who forgets the person must not find it there. */
export function ownerOfMobile(books: Books, profile: MemberProfile | undefined): Member | undefined {
  const { desk, pepper, witness } = books
  const owner = witness.note('mobileOwner', () => {
    const known = profile?.mobile === undefined ? undefined : desk.get('mobile', pepper.mobile(profile.mobile))
    return known && memberById(books, known.memberid)?.memberid
  })
  return owner === undefined ? undefined : memberById(books, owner)
}

export function withoutMobile({ mobile: _, ...rest }: MemberProfile): MemberProfile {
  return rest
}

/** The newer fields replace the older ones. The mobile is the member's or nobody's. */
export function saveProfile(books: Books, { memberid }: Pick<Member, 'memberid'>, given: MemberProfile): void {
  const { desk, pepper } = books
  const before = profileOf(books, memberid)
  const merged = { ...before, ...given }
  if (before.custom || given.custom) merged.custom = { ...before.custom, ...given.custom }
  if (before.mobile !== merged.mobile) {
    if (before.mobile !== undefined) dropMobile(books, memberid, pepper.mobile(before.mobile))
    if (merged.mobile !== undefined) {
      const mobile = pepper.mobile(merged.mobile)
      desk.put('mobile', mobile, { mobile, memberid })
      addToDossier(books, memberid, { mobiles: [mobile] })
    }
  }
  const key = keyOf(books, memberid)
  desk.put('profile', memberid, { ...key, locked: pepper.lock(merged, key) })
}

function dropMobile(books: Books, memberid: string, mobile: string): void {
  const { desk } = books
  desk.drop('mobile', mobile)
  const dossier = dossierOf(books, memberid)
  desk.put('dossier', memberid, { ...dossier, mobiles: dossier.mobiles.filter((one) => one !== mobile) })
}

export function saveConsents(
  { desk }: Books,
  { memberid }: Member,
  given: readonly { purpose: string; channel?: string | undefined; given: boolean }[],
  cause: { store: string; event: number; at: string },
): void {
  if (given.length === 0) return
  const before = desk.get('consents', memberid)?.history ?? []
  const added = given.map(({ purpose, channel, given: yes }): Consents['history'][number] => ({
    purpose,
    ...(channel === undefined ? {} : { channel }),
    given: yes,
    ...cause,
  }))
  desk.put('consents', memberid, { memberid, history: [...before, ...added] })
}
