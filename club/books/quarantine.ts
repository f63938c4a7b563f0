import { bodyHash } from '#protocol/envelope.ts'
import type { Fact } from '#protocol/messages.ts'
import type { Reply } from '#protocol/reply.ts'
import type { Arrival, ReadArrival } from '../booking/arrival.ts'
import { plainReply } from '../booking/replies.ts'
import { type Books, SetAside } from './context.ts'
import { type Taken, takeFact } from './facts.ts'
import { headOffice } from './head-office.ts'
import { asideKey, type KnownReply, noteSequence, replyTo, reviseReply } from './journal.ts'

/** What is in quarantine, by what makes it one: the same id can have come with several contents. */
export interface AsideKey {
  store: string
  id: string
  hash: string
}

/** What a person decided about it. */
export interface Decided {
  who: string
  /** When, by the club's clock (ISO 8601). */
  at: string
  why?: string | undefined
}

export const rulingKey = ({ store, id, hash }: AsideKey): string => `${store}/${id}/${hash}`

/**
 * Books what was set aside, as it is or corrected. Its reply gets a higher revision and waits for its store's next
 * heartbeat. Throws `SetAside` where it still cannot be booked; then nothing is changed.
 */
export function releaseAside(
  books: Books,
  aside: AsideKey,
  given: { arrival: Arrival; read: Extract<ReadArrival, { ok: true }>; corrected: boolean; act: string; by: Decided },
): Taken {
  const { desk } = books
  const { arrival, read, corrected, act, by } = given
  const { message } = read
  forget(books, aside)
  // Under the hash of what came: when the box sends that again, it is answered as booked.
  const hash = message.id === aside.id ? aside.hash : read.hash
  noteSequence(books, arrival, message as Fact)
  const taken = takeFact(books, arrival, { ...read, hash })
  const { store } = aside
  const ids = desk.get('unsent', store)?.ids ?? []
  const fresh: string[] = []
  for (const { inReplyTo, reply } of taken.answers) {
    // A training sale has no place in the journal, so its reply cannot be revised.
    if (!desk.get('entry', inReplyTo)) continue
    const booked = JSON.parse(reply) as Reply
    if (inReplyTo === message.id) reviseReply(books, { ...booked, revision: booked.revision + 1 }, by.at)
    fresh.push(inReplyTo)
  }
  desk.put('unsent', store, { store, ids: [...ids.filter((one) => !fresh.includes(one)), ...fresh] })
  rule(books, { ...aside, type: 'vafa.club.quarantine-released.v1', state: 'released', as: message.id, corrected, act, by })
  return taken
}

/** Decides that what was set aside is never to be booked. It is kept, and answered as before. */
export function dropAside(books: Books, aside: AsideKey, { act, by }: { act: string; by: Decided }): void {
  rule(books, { ...aside, type: 'vafa.club.quarantine-dropped.v1', state: 'dropped', corrected: false, act, by })
}

/** Replies of a higher revision that a store has not been sent, once each: its box is there, since it has just asked. */
export function unsentReplies(books: Books, store: string): (KnownReply & { inReplyTo: string })[] {
  const { desk } = books
  const waiting = desk.get('unsent', store)
  if (!waiting) return []
  desk.drop('unsent', store)
  return waiting.ids.flatMap((inReplyTo) => {
    const known = replyTo(books, inReplyTo)
    return known ? [{ inReplyTo, ...known }] : []
  })
}

function forget({ desk }: Books, { store, id, hash }: AsideKey): void {
  const key = asideKey(store, id)
  const entries = (desk.get('aside', key)?.entries ?? []).filter((one) => one.hash !== hash)
  if (entries.length === 0) desk.drop('aside', key)
  else desk.put('aside', key, { aside: key, entries })
}

/** A decision as the journal has it. */
export interface JournalledRuling {
  id: string
  type: string
  at: string
  actor: string
  data: AsideKey & { as?: string; corrected: boolean; why?: string }
}

/** Takes a journalled decision once more; the event that it released stands in the journal before it. */
export function repeatRuling(books: Books, { id: act, type, at, actor: who, data }: JournalledRuling): void {
  const { as, corrected, why, ...aside } = data
  const known = as === undefined ? undefined : replyTo(books, as)
  if (known) {
    const booked = JSON.parse(known.reply) as Reply
    reviseReply(books, { ...booked, revision: booked.revision + 1 }, at)
  }
  const state = type === 'vafa.club.quarantine-released.v1' ? 'released' : 'dropped'
  rule(books, { ...aside, type, state, ...(as === undefined ? {} : { as }), corrected, act, by: { who, at, why } })
}

interface Ruling extends AsideKey {
  type: string
  state: 'released' | 'dropped'
  /** The id that it was booked under. */
  as?: string
  corrected: boolean
  /** The id of this act. */
  act: string
  by: Decided
}

/** Journals what was decided, with who and why. */
function rule({ desk, programme }: Books, { type, state, corrected, act, by, as, ...aside }: Ruling): void {
  const ruling = rulingKey(aside)
  if (desk.get('ruling', ruling)) throw new SetAside('event.conflict', 'was decided before')
  const { who, at, why } = by
  desk.put('ruling', ruling, { ruling, ...aside, state, who, at, why })
  const data = { ...aside, as, corrected, why }
  desk.put('entry', act, {
    seq: desk.nextEvent(),
    id: act,
    hash: bodyHash({ type, data }),
    store: headOffice,
    type,
    boxid: who,
    sequence: 0,
    effectiveAt: at,
    receivedAt: at,
    status: 'accepted',
    body: JSON.stringify({ id: act, type, at, actor: who, data }),
    reply: JSON.stringify(plainReply(act, programme.version)),
  })
}
