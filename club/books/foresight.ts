import { countersOf } from '#programme/limits.ts'
import type { Credential } from '#protocol/credentials.ts'
import { type Fact, isFact, type Message } from '#protocol/messages.ts'
import { normaliseReference, referenceOf } from '#protocol/reference.ts'
import { parseCodeProof } from '#protocol/rotating-code.ts'
import { type Arrival, effectiveAtOf } from '../booking/arrival.ts'
import { keyRing } from './card-keys.ts'
import type { Books } from './context.ts'
import { dayKey } from './day-closes.ts'
import { asideKey } from './journal.ts'
import { codeToken, momentOf, saidBy } from './proofs.ts'
import type { Kind, Records } from './records.ts'
import { tillReceiptKey } from './sale-by-reference.ts'
import { tombstoneKey } from './tombstones.ts'

/** One message of a batch. */
export interface Foreseen {
  message: Message
  arrival: Pick<Arrival, 'store' | 'receivedat'>
}

export type Ask = (kind: Kind, key: string) => void
/** A record that is in memory. */
export type Peek = <K extends Kind>(kind: K, key: string) => Records[K] | undefined

/**
 * What a message's booking will look up, so that a batch's records come from a database on another machine all at
 * once. Only speed hangs on it: what is not foreseen is loaded when a booking misses it.
 */
export function foresee(books: Books, { message, arrival }: Foreseen, ask: Ask): void {
  const { store } = arrival
  for (const credential of credentialsIn(message)) askCredential(books, credential, ask)
  if (credentialsIn(message).some(({ kind, proof }) => proof !== undefined && kind === 'nfc-sun')) ask('cardkeys', keyRing)
  if (message.type === 'vafa.sale.looked-up.v1') {
    const reference = normaliseReference(message.data.reference)
    if (reference !== undefined) ask('reference', reference)
    ask('tillreceipt', tillReceiptKey(store, message.data.reference))
  }
  if (message.type === 'vafa.sale.quoted.v1') ask('reference', referenceOf(message.data.saleid))
  if (!isFact(message)) return
  ask('sequence', `${store}/${message.boxid}`)
  for (const fact of withOriginal(message)) foreseeFact(fact, store, ask)
}

/** A fact, and the sale that is inside a box's advice. */
const withOriginal = (fact: Fact): Fact[] => (fact.type === 'vafa.decision.advised.v1' ? [fact, fact.data.original] : [fact])

function foreseeFact(fact: Fact, store: string, ask: Ask): void {
  ask('entry', fact.id)
  ask('aside', asideKey(store, fact.id))
  ask('training', fact.id)
  if (fact.originalid !== undefined) ask('original', fact.originalid)
  if (fact.type === 'vafa.sale.completed.v1') {
    const { saleid, quoteid, tillreceipt } = fact.data
    ask('sale', saleid)
    ask('reference', referenceOf(saleid))
    ask('tombstone', tombstoneKey(store, saleid))
    ask('day', dayKey({ businessdate: fact.data.businessdate, store, lane: fact.subject }))
    if (quoteid !== undefined) ask('quote', quoteid)
    if (tillreceipt !== undefined) ask('tillreceipt', tillReceiptKey(store, tillreceipt))
  }
  if (fact.type === 'vafa.sale.reversed.v1') {
    ask('sale', fact.data.saleid)
    ask('tombstone', tombstoneKey(store, fact.data.saleid))
  }
  if (fact.type === 'vafa.receipt.claimed.v1') {
    const reference = normaliseReference(fact.data.reference)
    if (reference !== undefined) ask('reference', reference)
  }
  if (fact.type === 'vafa.member.enrolled.v1') {
    const { memberid } = fact.data
    askMember(memberid, ask)
    for (const kind of ['alias', 'consents', 'dossier'] as const) ask(kind, memberid)
  }
}

/**
 * What is found by what has been loaded: a credential's member, that member's counters, a reversed sale's transfers.
 * `ofMembers`: kinds of records of a member that bookings have missed before, which depends on what the rules look at.
 */
export function foreseeBehind(
  books: Books,
  { message, arrival }: Foreseen,
  { peek, ask, ofMembers }: { peek: Peek; ask: Ask; ofMembers: ReadonlySet<Kind> },
): void {
  for (const credential of credentialsIn(message)) {
    const by =
      credential.proof === undefined
        ? tokenIn(books, credential)
        : foreseeProof(books, { message, arrival, credential }, { peek, ask })
    const known = by === undefined ? undefined : peek('credential', by)
    if (known?.memberid === undefined) continue
    askMember(known.memberid, ask)
    const memberid = peek('member', known.memberid)?.mergedInto ?? known.memberid
    if (memberid !== known.memberid) askMember(memberid, ask)
    for (const kind of ofMembers) ask(kind, memberid)
    const effectiveAt = isFact(message) ? effectiveAtOf(message, arrival.receivedat) : arrival.receivedat
    for (const counter of countersOf(books.programme, { memberid, store: arrival.store, effectiveAt })) ask('counter', counter)
  }
  const reversed = message.type === 'vafa.sale.reversed.v1' ? peek('sale', message.data.saleid) : undefined
  if (!reversed) return
  if (reversed.memberid !== undefined) askMember(reversed.memberid, ask)
  for (const event of reversed.events) ask('postings', String(event))
  for (const { counter } of reversed.gifts.counted) ask('counter', counter)
}

const tokenIn = ({ pepper }: Books, { token }: Credential): string | undefined =>
  token === undefined ? undefined : pepper.token(token)

/** Who a proof is of, as soon as that can be told from what is in memory. */
function foreseeProof(
  books: Books,
  { message, arrival, credential }: Foreseen & { credential: Credential },
  { peek, ask }: { peek: Peek; ask: Ask },
): string | undefined {
  const code = credential.kind === 'qr' ? parseCodeProof(credential.proof ?? '') : undefined
  const card = code && books.pepper.token(codeToken(books, code.card))
  if (card !== undefined) ask('credential', card)
  const said = saidBy({ ...books, desk: { ...books.desk, get: peek } }, credential, momentOf(message, arrival.receivedat))
  if (!said) return undefined
  ask('credential', said.by)
  ask('proof', `${said.by}/${said.turn}`)
  return said.by
}

function askMember(memberid: string, ask: Ask): void {
  ask('member', memberid)
  ask('profile', memberid)
}

function askCredential({ pepper }: Books, { token, earlier }: Credential, ask: Ask): void {
  if (token !== undefined) ask('credential', pepper.token(token))
  if (earlier !== undefined) ask('credential', pepper.token(earlier.token))
}

function credentialsIn(message: Message): readonly Credential[] {
  const { data } = message
  if (message.type === 'vafa.decision.advised.v1') return credentialsIn(message.data.original)
  if ('credentials' in data) return data.credentials
  if ('credential' in data) return [data.credential]
  return 'member' in data && data.member ? [data.member] : []
}
