import { normaliseMobile } from '#protocol/credentials.ts'
import { type MemberProfile, memberProfile } from '#protocol/messages.ts'
import { normaliseText } from '#protocol/text.ts'
import type { Books } from '../books/context.ts'
import { memberById, memberByNumber } from '../books/people.ts'
import { profileOf } from '../books/persons.ts'
import type { Reader } from './questions.ts'

interface Found {
  memberid: string
  profile: MemberProfile
  erased: boolean
}

/** How many profiles are opened for a name, and how many of them at once: bookings come in between. */
const profilesSearched = 20_000
const atOnce = 200

/** Letters as people compare them: without half-spaces, in lower case. */
const folded = (text: string) => normaliseText(text).replaceAll('‌', '').toLocaleLowerCase('fa')

/** Members by number or mobile, which are found at once, or else by a part of their name. */
export async function findMembers(
  { books, onDesk, reader }: { books: Books; onDesk<T>(task: () => T): Promise<T>; reader: Reader },
  { find, most }: { find: string; most: number },
): Promise<{ found: Found[]; whole: boolean }> {
  const known = await onDesk(() => {
    const mobile = normaliseMobile(find)
    const owner = mobile === undefined ? undefined : books.desk.get('mobile', books.pepper.mobile(mobile))
    const member = (owner && memberById(books, owner.memberid)) ?? memberByNumber(books, find)
    if (!member) return undefined
    const erased = member.erasedAt !== undefined
    return { memberid: member.memberid, profile: erased ? {} : profileOf(books, member.memberid), erased }
  })
  if (known) return { found: [known], whole: true }
  // No name is made of digits; whoever mistypes a number must not open everybody's profile.
  if (/^[\d\s+-]*$/.test(normaliseText(find))) return { found: [], whole: true }
  const wanted = folded(find)
  const found: Found[] = []
  let before = Number.MAX_SAFE_INTEGER
  for (let searched = 0; searched < profilesSearched; searched += atOnce) {
    const rows = await reader.query<{ member: number; memberid: string; wrapped: string; locked: string | null }>(
      `SELECT m.member, p.memberid, p.wrapped, p.locked FROM members m JOIN profiles p ON p.memberid = m.memberid
       WHERE m.member < $1 AND m.mergedinto IS NULL ORDER BY m.member DESC LIMIT $2`,
      [before, atOnce],
    )
    for (const { memberid, wrapped, locked } of rows) {
      if (locked === null) continue
      const profile = memberProfile.parse(books.pepper.unlock(locked, { memberid, wrapped }))
      if (!folded(profile.displayName ?? '').includes(wanted)) continue
      if (found.length === most) return { found, whole: false }
      found.push({ memberid, profile, erased: false })
    }
    if (rows.length < atOnce) return { found, whole: true }
    before = Number(rows.at(-1)?.member)
  }
  return { found, whole: false }
}
