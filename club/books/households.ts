import type { Books } from './context.ts'
import type { Member } from './member-records.ts'

/**
 * Members who keep house together: each has cards, visits and credit of their own, and one of them is the head. A card
 * that all of them use is the head's. What they have together is asked for by `household`.
 */
export function joinHousehold(books: Books, head: Member, member: Member): void {
  const { desk } = books
  const left = leaveHousehold(books, member)
  const household = head.memberid
  const before = desk.get('household', household)?.members ?? [household]
  desk.put('household', household, { household, members: [...before, left.memberid] })
  desk.put('member', left.memberid, { ...left, household })
  if (head.household !== household) desk.put('member', household, { ...head, household })
}

/** Takes a member out of the household; without its head, or with nobody else, it is none. Gives the member as it then is. */
export function leaveHousehold({ desk }: Books, member: Member): Member {
  const { household, ...alone } = member
  if (household === undefined) return member
  const rest = (desk.get('household', household)?.members ?? []).filter((one) => one !== member.memberid)
  const dissolved = household === member.memberid || rest.length < 2
  if (dissolved) desk.drop('household', household)
  else desk.put('household', household, { household, members: rest })
  for (const one of dissolved ? rest : []) {
    const other = desk.get('member', one)
    if (!other) continue
    const { household: _, ...free } = other
    desk.put('member', one, free)
  }
  desk.put('member', member.memberid, alone)
  return alone
}
