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

/**
 * The consent that a sensor keeps a finger is taken back: fingers are the member's no more at any store, also where their
 * sensor has not heard of it.
 */
export function letFingersGo(books: Books, memberid: string, consents: readonly { purpose: string; given: boolean }[]): void {
  if (consents.findLast(({ purpose }) => purpose === 'fingerprint')?.given !== false) return
  const { desk } = books
  const dossier = dossierOf(books, memberid)
  const fingers = dossier.tokens.filter((token) => desk.get('credential', token)?.kind === 'fingerprint')
  if (fingers.length === 0) return
  for (const token of fingers) {
    const credential = desk.get('credential', token)
    if (credential?.state === undefined) desk.drop('credential', token)
    else desk.put('credential', token, { ...credential, memberid: undefined })
  }
  desk.put('dossier', memberid, { ...dossier, tokens: dossier.tokens.filter((token) => !fingers.includes(token)) })
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
