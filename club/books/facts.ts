import { bodyHash, parseSource } from '#protocol/envelope.ts'
import { describeError, type ErrorKey } from '#protocol/errors.ts'
import { type Fact, isFact } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import { seal } from '#protocol/sealing.ts'
import { type Arrival, effectiveAtOf, type ReadArrival } from '../booking/arrival.ts'
import { errorReply, plainReply } from '../booking/replies.ts'
import type { SaleFact } from '../booking/sale.ts'
import type { Outcome } from '../store/store.ts'
import { bookBlocked, bookLinked, bookReplaced } from './cards.ts'
import { bookClaim } from './claims.ts'
import { type Booked, type Books, type Entry, SetAside } from './context.ts'
import { bookDayClose } from './day-closes.ts'
import { bookEnrolment, bookUpdate } from './enrolments.ts'
import { bookErased } from './erasures.ts'
import { asideKey, journalEvent, type KnownReply, knownEvent, replyTo, reviseReply, twinOf } from './journal.ts'
import { thankForFriend } from './own-events.ts'
import { lockedFor } from './persons.ts'
import { proven } from './proofs.ts'
import { bookCaptured, bookVoided } from './redemptions.ts'
import { moveSeen } from './rekeying.ts'
import { noteRemark } from './remarks.ts'
import { bookReaction, bookSurveyAnswer } from './responses.ts'
import { bookReturned } from './returns.ts'
import { bookCompleted, bookReversed } from './sales.ts'
import { bookTap } from './taps.ts'

/** One reply to publish: the stored text, and the member whose name goes beside it. */
export interface StoredAnswer extends KnownReply {
  inReplyTo: string
}

export interface Taken {
  answers: StoredAnswer[]
  notices: Outcome['notices']
}

/** What is set aside: which event, and why. */
export interface Unbookable {
  id: string
  /** The id was made from the bytes: nobody waits for a reply to it. */
  madeUp: boolean
  hash: string
  type?: string
  key: ErrorKey
  reason: string
}

/** Puts an event into quarantine, sealed: the original text may hold tokens and what only the club may read. */
export function setAside(books: Books, arrival: Arrival, entry: Unbookable): Taken {
  const { desk, programme, sealingKey } = books
  const { id, hash, type, key, reason, madeUp } = entry
  const { store, receivedat: receivedAt, payload } = arrival
  const reply = madeUp
    ? undefined
    : JSON.stringify(errorReply({ inReplyTo: id, programmeVersion: programme.version, status: 'quarantined', key, reason }))
  const aside = asideKey(store, id)
  const before = desk.get('aside', aside)?.entries ?? []
  const notices = [{ store, id, key, reason }]
  const known = before.find((one) => one.hash === hash)
  if (!known) {
    const sealed = JSON.stringify(seal(Buffer.from(payload).toString('base64'), sealingKey))
    desk.put('aside', aside, { aside, entries: [...before, { hash, reply: reply ?? '' }] })
    desk.setAside({ store, id, hash, type, key, reason, receivedAt, sealed, reply })
  }
  return { answers: reply === undefined ? [] : [{ inReplyTo: id, reply: known?.reply ?? reply }], notices }
}

/** Books one fact, or says by `SetAside` why not; any other error means that the club cannot cope with it. */
export function takeFact(books: Books, arrival: Arrival, read: Extract<ReadArrival, { ok: true }>): Taken {
  const { message, hash, json } = read
  if (!isFact(message)) throw new SetAside('request.invalid', 'type: a request, sent as a fact')
  const known = knownEvent(books, { store: arrival.store, id: message.id, hash })
  if (known.is === 'repeat') return { answers: [{ inReplyTo: message.id, ...known }], notices: [] }
  if (known.is === 'conflict') throw new SetAside('event.conflict', 'id: was used before with other contents')
  const { message: fact, notices } = proven(books, message, arrival)
  const entry: Entry = { fact, hash, json, arrival, effectiveAt: effectiveAtOf(fact, arrival.receivedat) }
  const answers = isTraining(fact) ? [training(books, entry)] : book(books, entry)
  return { answers, notices }
}

function book(books: Books, entry: Entry): StoredAnswer[] {
  const { fact } = entry
  const twin = sameOriginal(books, entry)
  if (twin) return twin
  moveSeen(books, fact, entry.effectiveAt)
  switch (fact.type) {
    case 'vafa.sale.completed.v1':
      return finish(books, entry, bookCompleted(books, { ...entry, fact }))
    case 'vafa.sale.returned.v1':
      return finish(books, entry, bookReturned(books, { ...entry, fact }))
    case 'vafa.sale.reversed.v1':
      return finish(books, entry, bookReversed(books, { ...entry, fact }))
    case 'vafa.member.enrolled.v1':
      return finish(books, entry, bookEnrolment(books, { ...entry, fact }))
    case 'vafa.redemption.captured.v1':
      return finish(books, entry, bookCaptured(books, { ...entry, fact }))
    case 'vafa.redemption.voided.v1':
      return finish(books, entry, bookVoided(books, { ...entry, fact }))
    case 'vafa.member.updated.v1':
      return finish(books, entry, bookUpdate(books, { ...entry, fact }))
    case 'vafa.member.erased.v1':
      return finish(books, entry, bookErased(books, { ...entry, fact }))
    case 'vafa.card.linked.v1':
      return finish(books, entry, bookLinked(books, { ...entry, fact }))
    case 'vafa.card.blocked.v1':
      return finish(books, entry, bookBlocked(books, { ...entry, fact }))
    case 'vafa.card.replaced.v1':
      return finish(books, entry, bookReplaced(books, { ...entry, fact }))
    case 'vafa.receipt.claimed.v1':
      return finish(books, entry, bookClaim(books, { ...entry, fact }))
    case 'vafa.offer.reacted.v1':
      return finish(books, entry, bookReaction(books, { ...entry, fact }))
    case 'vafa.survey.answered.v1':
      return finish(books, entry, bookSurveyAnswer(books, { ...entry, fact }))
    case 'vafa.visit.recorded.v1':
      return finish(books, entry, bookTap(books, { ...entry, fact }))
    case 'vafa.day.closed.v1':
      return finish(books, entry, bookDayClose(books, { ...entry, fact }))
    case 'vafa.decision.advised.v1':
      return advised(books, { ...entry, fact })
    case 'vafa.receipt.printed.v1':
      return finish(books, entry, { event: books.desk.nextEvent(), reply: plainReply(fact.id, books.programme.version) })
  }
}

/** Journals a booked fact with its reply, and gives everything that is to be published. */
function finish(books: Books, entry: Entry, booked: Booked): StoredAnswer[] {
  const { fact, arrival } = entry
  const { event, reply, sameAsBefore = false, revised = [], personal, newcomer } = booked
  const originalid = sameAsBefore ? undefined : fact.originalid
  const locked = personal && lockedFor(books, personal.memberid, personal.fields)
  const text = journalEvent(books, entry, { event, reply, originalid, locked })
  if (newcomer !== undefined) thankForFriend(books, newcomer, entry.effectiveAt)
  return [
    { inReplyTo: fact.id, reply: text, memberid: reply.member?.memberid },
    ...revised.map((one) => ({
      inReplyTo: one.inReplyTo,
      reply: reviseReply(books, one, arrival.receivedat),
      memberid: one.member?.memberid,
    })),
  ]
}

/** A box's advice is settled by the reply to the sale inside; whichever of the two comes first books that sale. */
function advised(books: Books, entry: Entry<Fact<'vafa.decision.advised.v1'>>): StoredAnswer[] {
  const { fact, arrival } = entry
  const original: SaleFact = fact.data.original
  const { original: json } = (entry.json as { data: { original: object } }).data
  if (parseSource(original.source)?.store !== arrival.store) throw new SetAside('request.invalid', "original: is another store's")
  // Over tokens that the journal does not have.
  const hash = books.witness.note('original', () => bodyHash(json)) ?? ''
  const known = knownEvent(books, { store: arrival.store, id: original.id, hash })
  if (known.is === 'conflict') throw new SetAside('event.conflict', `original ${original.id}: was booked with other contents`)
  const effectiveAt = effectiveAtOf(original, arrival.receivedat)
  const answers = known.is === 'new' ? book(books, { fact: original, hash, json, arrival, effectiveAt }) : []
  const settled = replyTo(books, original.id)
  if (!settled) throw new SetAside('event.unsupported', `original ${original.id}: is in quarantine`)
  const reply: Reply = { ...(JSON.parse(settled.reply) as Reply), inReplyTo: fact.id, revision: 1 }
  noteRemark(books, fact.data, { reply, store: arrival.store, at: effectiveAt })
  return [...answers, ...finish(books, entry, { event: books.desk.nextEvent(), reply })]
}

/** The same happening under another id: a box was swapped, or a terminal repeated itself. */
function sameOriginal(books: Books, entry: Entry): StoredAnswer[] | undefined {
  const { fact, arrival } = entry
  const twin = twinOf(books, fact)
  if (!twin) return undefined
  const same =
    twin.type === fact.type && twin.store === arrival.store && substanceOf(JSON.parse(twin.body) as Fact) === substanceOf(fact)
  if (!same) throw new SetAside('event.conflict', `originalid ${fact.originalid}: was booked with other contents`)
  const reply: Reply = { ...(JSON.parse(twin.reply) as Reply), inReplyTo: fact.id, revision: 1 }
  return finish(books, entry, { event: books.desk.nextEvent(), reply, sameAsBefore: true })
}

/** Training looks live at the till and never meets the books. */
function training({ desk, pepper, programme }: Books, { fact, hash, arrival }: Entry): StoredAnswer {
  const reply = JSON.stringify({
    ...plainReply(fact.id, programme.version),
    error: describeError('sale.training'),
  } satisfies Reply)
  const { store, receivedat: receivedAt } = arrival
  desk.put('training', fact.id, { id: fact.id, hash, store, receivedAt, body: pepper.journalled(fact), reply })
  return { inReplyTo: fact.id, reply }
}

/** What must agree for two facts with one `originalid` to be the same happening; a swapped box gave the sale a new id. */
function substanceOf(fact: Fact): string {
  if (fact.type === 'vafa.sale.completed.v1') return `${fact.data.total} ${fact.data.payable}`
  return 'saleid' in fact.data ? String(fact.data.saleid) : fact.type
}

function isTraining(fact: Fact): boolean {
  if (fact.type === 'vafa.decision.advised.v1') return fact.data.original.data.mode === 'training'
  return 'mode' in fact.data && fact.data.mode === 'training'
}
