import { type Credential, type CredentialKind, isProven } from '#protocol/credentials.ts'
import type { ErrorKey } from '#protocol/errors.ts'
import type { Fact } from '#protocol/messages.ts'
import { errorReply, plainReply } from '../booking/replies.ts'
import { type Booked, type Books, type Entry, SetAside } from './context.ts'
import { addToDossier, noteCandidate } from './dossiers.ts'
import type { CredentialRecord, Member } from './member-records.ts'
import { isGood, memberById, memberReply } from './people.ts'
import { inStock, isByRetiredKey, knownAs, pointToNew } from './rekeying.ts'

/** What is handed out by the club; a phone, a finger or a number is nobody's stock. */
const cardKinds: ReadonlySet<CredentialKind> = new Set(['nfc-uid', 'nfc-sun', 'iso-dep', 'magstripe', 'barcode', 'qr'])

/** What a credential is to the club at an instant. */
export type Standing =
  | { is: 'free' }
  | { is: 'held'; by: Member }
  /** Without a token nobody can be found by it. */
  | { is: 'unproven' }
  | { is: 'refused'; key: 'card.blocked' | 'card.foreign' | 'credential.key-retired' }

export function standingOf(books: Books, credential: Credential, at: string): Standing {
  const { kind, token } = credential
  if (token === undefined) return { is: 'unproven' }
  if (isByRetiredKey(books, credential, at)) return { is: 'refused', key: 'credential.key-retired' }
  const known = books.desk.get('credential', knownAs(books, credential))
  if (known && !isGood(known, at)) return { is: 'refused', key: 'card.blocked' }
  const holder = known?.memberid === undefined ? undefined : memberById(books, known.memberid)
  if (holder) return { is: 'held', by: holder }
  const ours = books.witness.note('cards', () => (books.cards === 'stock' ? 'stock' : undefined))
  // A card that proves itself does so with the club's own key.
  if (ours && cardKinds.has(kind) && !isProven(credential) && !inStock(books, credential))
    return { is: 'refused', key: 'card.foreign' }
  return { is: 'free' }
}

/** When something happened, and its place in the journal. */
export interface Cause {
  event: number
  at: string
}

/** Gives a member a further credential; what of it could not be done is given back. One that is another member's stays there. */
export function linkCredential(books: Books, member: Member, credential: Credential, { event, at }: Cause): ErrorKey | undefined {
  const { kind, keyid, token } = credential
  const standing = standingOf(books, credential, at)
  if (token === undefined || standing.is === 'unproven') return 'credential.unproven'
  if (standing.is === 'refused') return standing.key
  const { memberid } = member
  if (standing.is === 'held') {
    if (standing.by.memberid === memberid) return undefined
    noteCandidate(books, { first: memberid, second: standing.by.memberid, why: 'card', event, at })
    return 'card.taken'
  }
  const peppered = knownAs(books, credential)
  // A block of later that came sooner stays.
  const known = books.desk.get('credential', peppered)
  books.desk.put('credential', peppered, { ...known, token: peppered, memberid, kind, keyid, linkedAt: at })
  addToDossier(books, memberid, { tokens: [peppered] })
  pointToNew(books, credential, { to: peppered, at, memberid })
  return undefined
}

/** From then on a credential is refused; one that was refused before stays so from that instant. */
function retire(
  books: Books,
  credential: Credential,
  { at, ...how }: { at: string; state: NonNullable<CredentialRecord['state']>; reason: string },
): void {
  const { desk } = books
  const { kind, keyid, token } = credential
  if (token === undefined) throw new SetAside('credential.unproven', 'credential: has no token')
  const peppered = knownAs(books, credential)
  const known = desk.get('credential', peppered)
  const since = known?.since !== undefined && known.since < at ? known.since : at
  desk.put('credential', peppered, { token: peppered, kind, keyid, linkedAt: at, ...known, ...how, since })
}

/** Whose a credential is or was, good or not. */
function holderOf(books: Books, credential: Credential): Member | undefined {
  const memberid = credential.token === undefined ? undefined : books.desk.get('credential', knownAs(books, credential))?.memberid
  return memberid === undefined ? undefined : memberById(books, memberid)
}

/** A member gets a further card, phone or finger. */
export function bookLinked(books: Books, { fact, arrival, effectiveAt: at }: Entry<Fact<'vafa.card.linked.v1'>>): Booked {
  const { memberid, credential } = fact.data
  const member = knownMember(books, memberid)
  const event = books.desk.nextEvent()
  if (member.erasedAt !== undefined) return erasedReply(books, fact.id, event)
  const problem = linkCredential(books, member, credential, { event, at })
  addToDossier(books, member.memberid, { events: [event] })
  return { event, reply: memberReply(books, { inReplyTo: fact.id, member, at, store: arrival.store, problem }) }
}

/** A card is lost, stolen or misused: also one that nobody has yet. */
export function bookBlocked(books: Books, { fact, arrival, effectiveAt: at }: Entry<Fact<'vafa.card.blocked.v1'>>): Booked {
  const { credential, reason } = fact.data
  const member = holderOf(books, credential)
  const event = books.desk.nextEvent()
  retire(books, credential, { at, state: 'blocked', reason })
  if (!member) return { event, reply: plainReply(fact.id, books.programme.version) }
  addToDossier(books, member.memberid, { events: [event] })
  return { event, reply: memberReply(books, { inReplyTo: fact.id, member, at, store: arrival.store }) }
}

/** The member keeps everything; the old card is refused from now on, also where the new one cannot be given. */
export function bookReplaced(books: Books, { fact, arrival, effectiveAt: at }: Entry<Fact<'vafa.card.replaced.v1'>>): Booked {
  const { old, new: fresh } = fact.data
  if (isByRetiredKey(books, old, at)) throw new SetAside('credential.key-retired', `old: its key ${old.keyid} was retired before`)
  const member = holderOf(books, old)
  if (!member) throw new SetAside('credential.unknown', 'old: is no member’s')
  if (fresh.token !== undefined && fresh.token === old.token) throw new SetAside('request.invalid', 'new: is the old one')
  const event = books.desk.nextEvent()
  retire(books, old, { at, state: 'replaced', reason: 'replaced' })
  const problem = linkCredential(books, member, fresh, { event, at })
  addToDossier(books, member.memberid, { events: [event] })
  return { event, reply: memberReply(books, { inReplyTo: fact.id, member, at, store: arrival.store, problem }) }
}

export function knownMember(books: Books, memberid: string): Member {
  const member = memberById(books, memberid)
  if (!member) throw new SetAside('member.unknown', `memberid ${memberid}: is not known`)
  return member
}

export const erasedReply = ({ programme }: Books, inReplyTo: string, event: number): Booked => ({
  event,
  reply: errorReply({ inReplyTo, programmeVersion: programme.version, status: 'accepted', key: 'member.erased' }),
})
