import type { Credential } from '#protocol/credentials.ts'
import type { Fact } from '#protocol/messages.ts'
import type { Books } from './context.ts'
import { addToDossier } from './dossiers.ts'

// While the key for tokens is exchanged a box tells a credential's token under both keys. A card that is known by the
// earlier one moves to the new one when it is seen; a sign stays in its old place, for boxes that do not have the new key.

/** Where a token's record is now. */
function placeOf({ desk }: Books, peppered: string): string {
  let at = peppered
  for (let next = desk.get('credential', at)?.movedTo; next !== undefined; next = desk.get('credential', at)?.movedTo) at = next
  return at
}

/** The peppered token under which a credential is known, by either key; that of its own token where it is not. */
export function knownAs(books: Books, { token = '', earlier }: Credential): string {
  const { desk, pepper } = books
  const now = placeOf(books, pepper.token(token))
  if (earlier === undefined || desk.get('credential', now)) return now
  const before = placeOf(books, pepper.token(earlier.token))
  return desk.get('credential', before) ? before : now
}

/** The peppered token under which a card of the club's own stock stands, by either key; undefined where it is none. */
export function inStock({ desk, pepper }: Books, { token = '', earlier }: Credential): string | undefined {
  return [token, ...(earlier ? [earlier.token] : [])].map(pepper.token).find((one) => desk.get('stock', one))
}

/**
 * Whether what was shown at an instant (ISO 8601) is found only by a key that was retired before. The record tells under
 * which key it stands: what a message says of its token's key counts only where there is none.
 */
export function isByRetiredKey(books: Books, { token = '', keyid, earlier }: Credential, at: string): boolean {
  const { desk, pepper, witness, retiredKeys } = books
  const known = desk.get('credential', pepper.token(token)) ?? (earlier && desk.get('credential', pepper.token(earlier.token)))
  const by = known?.keyid ?? keyid
  const since = witness.note(`retired ${by}`, () => retiredKeys.get(by))
  return since !== undefined && since <= at
}

/** What a fact shows by two keys stands under the newer one from its instant on. */
export function moveSeen(books: Books, { data }: Fact, at: string): void {
  const seen = data as { member?: Credential; credential?: Credential; credentials?: Credential[]; old?: Credential }
  for (const one of [seen.member, seen.credential, seen.old, ...(seen.credentials ?? [])])
    if (one?.earlier && !isByRetiredKey(books, one, at)) move(books, one)
}

function move(books: Books, credential: Credential): void {
  const { desk, pepper } = books
  const before = knownAs(books, credential)
  const now = pepper.token(credential.token ?? '')
  const record = before === now ? undefined : desk.get('credential', before)
  // Where the newer one has moved on already, the box is behind.
  if (!record || desk.get('credential', now)) return
  desk.put('credential', now, { ...record, token: now, keyid: credential.keyid })
  pointFrom(books, { ...record, to: now })
  if (record.memberid !== undefined) addToDossier(books, record.memberid, { tokens: [now] })
}

/** A credential that is new here stands in its old place too, for a box that has the earlier key only. */
export function pointToNew(
  books: Books,
  { kind, earlier }: Credential,
  { to, at, memberid }: { to: string; at: string; memberid: string },
): void {
  if (earlier === undefined) return
  const before = books.pepper.token(earlier.token)
  if (before === to || books.desk.get('credential', before)) return
  pointFrom(books, { token: before, kind, keyid: earlier.keyid, linkedAt: at, to })
  addToDossier(books, memberid, { tokens: [before] })
}

function pointFrom(
  { desk }: Books,
  { token, kind, keyid, linkedAt, to }: { token: string; kind: string; keyid: string; linkedAt: string; to: string },
): void {
  desk.put('credential', token, { token, kind, keyid, linkedAt, movedTo: to })
  const card = desk.get('stock', token)
  if (!card) return
  desk.drop('stock', token)
  desk.put('stock', to, { ...card, token: to })
}
