import type { Books } from './context.ts'
import type { Candidate, Dossier } from './member-records.ts'

export const dossierOf = ({ desk }: Books, memberid: string): Dossier =>
  desk.get('dossier', memberid) ?? { memberid, tokens: [], mobiles: [], events: [], merged: [] }

/** Adds to what belongs to a member; what is there already is there once. */
export function addToDossier(
  books: Books,
  memberid: string,
  add: { tokens?: readonly string[]; mobiles?: readonly string[]; events?: readonly number[]; merged?: readonly string[] },
): void {
  const before = dossierOf(books, memberid)
  books.desk.put('dossier', memberid, {
    memberid,
    tokens: union(before.tokens, add.tokens),
    mobiles: union(before.mobiles, add.mobiles),
    events: union(before.events, add.events),
    merged: union(before.merged, add.merged),
  })
}

function union<T>(before: readonly T[], more: readonly T[] = []): readonly T[] {
  return more.every((one) => before.includes(one)) ? before : [...new Set([...before, ...more])]
}

/** Notes that two members may be one person; nothing is moved by itself. */
export function noteCandidate({ desk }: Books, given: Omit<Candidate, 'pair'>): void {
  const [first = '', second = ''] = [given.first, given.second].sort()
  const pair = `${first}/${second}`
  if (!desk.get('candidate', pair)) desk.put('candidate', pair, { ...given, pair, first, second })
}
