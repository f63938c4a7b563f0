import { isFact } from '#protocol/messages.ts'
import { messageOf, type VafaError } from '#runtime/errors.ts'
import { type Arrival, type ReadArrival, readArrival } from '../booking/arrival.ts'
import type { Books } from '../books/context.ts'
import { SetAside } from '../books/context.ts'
import { Missing, type OpenDesk } from '../books/desk.ts'
import { setAside, type Taken, takeFact } from '../books/facts.ts'
import { noteSequence } from '../books/journal.ts'
import { createNames } from '../books/people.ts'
import type { createProgrammes } from '../books/programmes.ts'
import type { Kind } from '../books/records.ts'
import type { Absence } from './absence.ts'
import type { Engine } from './engine.ts'
import { loadAhead, type Read } from './load-ahead.ts'
import type { Outcome } from './store.ts'

export type Take = (arrival: Arrival, read: ReadArrival) => Taken

/** One after another: a message that has been folded is left to the garbage collector at once, not with the whole batch. */
function* readEach(arrivals: readonly Arrival[]): Generator<Read> {
  for (const arrival of arrivals) yield { arrival, read: readArrival(arrival) }
}

/** The same for messages that had to be read before. */
function* drained<T>(items: T[]): Generator<T> {
  items.reverse()
  for (let item = items.pop(); item !== undefined; item = items.pop()) yield item
}

/** Folds messages over the desk, one by one; what one misses is loaded, and then it is folded again. */
export function createFolding(parts: {
  engine: Engine
  open: OpenDesk
  books: Books
  programmes: ReturnType<typeof createProgrammes>
  absence: Absence
  /** Another message begins (witness.ts). */
  forget(): void
  /** The latest instant of which the books know (ISO 8601). */
  heard: string
}) {
  const { engine, open, books, programmes, absence, forget } = parts
  const nameOf = createNames(books)
  /** Kinds of records of a member that a booking missed: from then on they are loaded with the member. */
  const ofMembers = new Set<Kind>()
  let { heard } = parts

  /** Runs `task` on the desk, or tells what it misses. */
  function once<T>(task: () => T): { done: T } | { missing: Missing } {
    forget()
    try {
      return { done: task() }
    } catch (error) {
      open.dropEvent()
      if (error instanceof Missing) return { missing: error }
      throw error
    }
  }
  async function bring({ kind, key }: Missing): Promise<void> {
    if (open.has('member', key)) ofMembers.add(kind)
    const record = (await engine.load(kind, [key])).get(key)
    if (record === undefined) absence.missed(kind, key)
    open.loaded(kind, key, record)
  }

  /** What happens from now on, happens at this instant, by the rules that are in force then. */
  function setClock(at: string): void {
    if (at > heard) heard = at
    books.now = at
    books.programme = programmes.at(at)
  }

  /** What is needed of the database by all of them is loaded together. */
  async function readAhead(arrivals: readonly Arrival[]): Promise<Iterable<Read>> {
    const items = [...readEach(arrivals)]
    await loadAhead({ engine, open, books, ofMembers, absence }, items)
    return drained(items)
  }

  const answersOf = ({ store }: Arrival, { notices, answers }: Taken): Outcome => ({
    notices,
    answers: answers.map(({ inReplyTo, reply, memberid }) => {
      const displayName = memberid === undefined ? undefined : nameOf(memberid)
      return { store, inReplyTo, body: reply, ...(displayName === undefined ? {} : { displayName }) }
    }),
  })

  return {
    setClock,
    heard: () => heard,
    /** Runs `task` on the desk; what it misses is loaded and it runs again. */
    async onDesk<T>(task: () => T): Promise<T> {
      for (;;) {
        const result = once(task)
        if ('done' in result) return result.done
        await bring(result.missing)
      }
    },
    /** Folds the arrivals; what they change is kept on the desk. */
    async fold(arrivals: readonly Arrival[], take: Take): Promise<Outcome> {
      const begin = performance.now()
      const outcome: Outcome = { answers: [], notices: [] }
      for (const { arrival, read } of engine.loadNow ? readEach(arrivals) : await readAhead(arrivals)) {
        setClock(arrival.receivedat)
        const task = () => answersOf(arrival, take(arrival, read))
        // Nothing is waited for where the database is in this process.
        let result = once(task)
        while ('missing' in result) {
          await bring(result.missing)
          result = once(task)
        }
        open.keepEvent()
        outcome.answers.push(...result.done.answers)
        outcome.notices.push(...result.done.notices)
      }
      return { ...outcome, decideMs: performance.now() - begin }
    },
    /** Books a fact; one that cannot be booked is set aside. */
    takeOne(arrival: Arrival, read: ReadArrival): Taken {
      if (!read.ok) return setAside(books, arrival, read)
      const { message, hash } = read
      if (isFact(message)) {
        noteSequence(books, arrival, message)
        open.keepEvent()
      }
      try {
        return takeFact(books, arrival, read)
      } catch (error) {
        if (error instanceof Missing) throw error
        open.dropEvent()
        const key = error instanceof SetAside ? error.key : 'event.unsupported'
        const reason = error instanceof SetAside ? error.message : `cannot be booked: ${messageOf(error)}`
        return setAside(books, arrival, { id: message.id, madeUp: false, hash, key, reason, type: message.type })
      }
    },
    /** Sets aside what the database refuses for good. */
    asideBecause:
      (error: VafaError): Take =>
      (arrival, read) => {
        if (!read.ok) throw error
        const { message, hash } = read
        if (isFact(message)) noteSequence(books, arrival, message)
        const { id, type } = message
        const reason = `cannot be booked: ${error.message}`
        return setAside(books, arrival, { id, madeUp: false, hash, key: 'event.unsupported', reason, type })
      },
  }
}
export type Folding = ReturnType<typeof createFolding>
