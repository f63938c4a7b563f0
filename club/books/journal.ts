import { parseSequence } from '#protocol/ids.ts'
import type { Fact, Message } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import type { Arrival } from '../booking/arrival.ts'
import type { SaleFact } from '../booking/sale.ts'
import { withNumber } from '../booking/sequence-ranges.ts'
import type { Books, Entry } from './context.ts'
import type { JournalEntry } from './journal-records.ts'
import type { Sale } from './sale-records.ts'

/** What was answered to an event before; `memberid`: whose name goes beside the reply. */
export interface KnownReply {
  reply: string
  memberid?: string | undefined
}

/** What the journal says of an id: nothing, the reply to the very same event, or that it was another event. */
export type Known = { is: 'new' } | ({ is: 'repeat' } & KnownReply) | { is: 'conflict' }

const latestReply = ({ desk }: Books, { id, reply, memberid }: JournalEntry): KnownReply => ({
  reply: desk.get('revision', id)?.reply ?? reply,
  memberid,
})

export const asideKey = (store: string, id: string): string => `${store}/${id}`

/** Whether this id was processed, and how; what is set aside is kept apart by store, so that none can spoil another's ids. */
export function knownEvent(books: Books, { store, id, hash }: { store: string; id: string; hash: string }): Known {
  const { desk } = books
  const entry = desk.get('entry', id)
  if (entry?.hash === hash && entry.store === store) return { is: 'repeat', ...latestReply(books, entry) }
  const aside = desk.get('aside', asideKey(store, id))
  const same = aside?.entries.find((one) => one.hash === hash)
  if (same) return { is: 'repeat', reply: same.reply }
  const training = desk.get('training', id)
  if (training?.hash === hash) return { is: 'repeat', reply: training.reply }
  return entry || training || aside ? { is: 'conflict' } : { is: 'new' }
}

/** An event with the same `originalid` that has been booked, under whatever id. */
export function twinOf(books: Books, { originalid }: Fact): (KnownReply & JournalEntry) | undefined {
  const original = originalid === undefined ? undefined : books.desk.get('original', originalid)
  const entry = original && books.desk.get('entry', original.id)
  return entry && { ...entry, ...latestReply(books, entry) }
}

export function replyTo(books: Books, id: string): KnownReply | undefined {
  const entry = books.desk.get('entry', id)
  return entry && latestReply(books, entry)
}

/** The event that completed a sale, and the version of the rules that it was decided by. */
export function soldAs(books: Books, { saleid, eventid }: Sale): { event: SaleFact; programmeVersion: number } {
  const entry = books.desk.get('entry', eventid)
  if (!entry) throw new Error(`the event of the sale ${saleid} is not in the journal`)
  const { programmeVersion } = JSON.parse(entry.reply) as Reply
  return { event: JSON.parse(entry.body) as SaleFact, programmeVersion }
}

/**
 * Journals a booked event; gives its reply's text. `originalid` is left out where another event
 * stands for the original; `locked`: its personal fields under the person's key.
 */
export function journalEvent(
  { desk, pepper }: Books,
  { fact, hash, arrival, effectiveAt }: Entry<Message>,
  given: { event: number; reply: Reply; originalid: string | undefined; locked: string | undefined },
): string {
  const { event, reply, originalid, locked } = given
  const text = JSON.stringify(reply)
  desk.put('entry', fact.id, {
    seq: event,
    id: fact.id,
    hash,
    store: arrival.store,
    type: fact.type,
    originalid,
    boxid: fact.boxid,
    // Requests have no number.
    sequence: 'sequence' in fact ? parseSequence(fact.sequence) : 0,
    effectiveAt,
    receivedAt: arrival.receivedat,
    status: reply.status,
    body: pepper.journalled(fact, locked),
    reply: text,
    memberid: reply.member?.memberid,
  })
  if (originalid !== undefined) desk.put('original', originalid, { originalid, id: fact.id })
  return text
}

/** A higher revision of the reply to `reply.inReplyTo`. */
export function reviseReply({ desk }: Books, reply: Reply, at: string): string {
  const text = JSON.stringify(reply)
  desk.put('revision', reply.inReplyTo, { id: reply.inReplyTo, revision: reply.revision, reply: text, at })
  return text
}

/** Notes that a numbered fact of a box has come. */
export function noteSequence({ desk }: Books, { store }: Arrival, { boxid, sequence }: Fact): void {
  const box = `${store}/${boxid}`
  const before = desk.get('sequence', box)?.ranges ?? []
  desk.put('sequence', box, { box, store, boxid, ranges: withNumber(before, parseSequence(sequence)) })
}
